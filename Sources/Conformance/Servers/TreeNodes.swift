internal import Processes
internal import Supervision

/// Turns the nodes of a scenario's tree into child specifications.
final class TreeNodes: Sendable {
  private let recorder: Recorder
  private let dynamicSupervisors = Locked(Set<PID>())

  init(_ recorder: Recorder) { self.recorder = recorder }

  func isDynamic(pid: PID) -> Bool { dynamicSupervisors.withLock { $0.contains(pid) } }

  func childSpec(_ node: JSON) throws(FormatError) -> ChildSpec {
    switch try node.optionalString("type") ?? "worker" {
    case "worker": try worker(node)
    case "supervisor": try supervisor(node)
    case "dynamic_supervisor": try dynamicSupervisor(node)
    case let word: throw FormatError("\(word) is no type of child")
    }
  }

  // MARK: The three kinds

  private func worker(_ node: JSON) throws(FormatError) -> ChildSpec {
    let plan = try StartPlan(node, recorder)
    let isTrapping = try node.bool("trap")
    let recorder = recorder
    let cleanup = try node.milliseconds("terminate_ms") ?? .zero
    return try child(node, .worker) { parent in
      let arguments = parent.extraArguments
      let server = try await TreeWorker.startLinked(by: parent) { process in
        let (label, outcome) = plan.begin(arguments)
        process.label = label
        return TreeWorker(
          id: plan.id, label: label, isTrappingExits: isTrapping, cleanup: cleanup,
          outcome: outcome, recorder: recorder)
      }
      guard let pid = server.pid else { throw StartError.failed(.noProcess) }
      return pid
    }
  }

  private func supervisor(_ node: JSON) throws(FormatError) -> ChildSpec {
    let plan = try StartPlan(node, recorder)
    var children: [ChildSpec] = []
    for child in try node.list("children") { children.append(try childSpec(child)) }
    let strategy = try word(node, "strategy", RestartStrategy.self) ?? .oneForOne
    let autoShutdown = try word(node, "auto_shutdown", Supervisor.AutoShutdown.self) ?? .never
    let options = Supervisor.Options(
      strategy: strategy, maxRestarts: try node.integer("intensity") ?? 1,
      within: .seconds(try node.integer("period") ?? 5), autoShutdown: autoShutdown)
    let (recorder, specs) = (recorder, children)
    return try child(node, .supervisor) { parent in
      let label = try plan.beginSupervisor(parent.extraArguments)
      let supervisor = try await Supervisor.startLinked(
        by: parent, label: label, children: specs, options)
      guard let pid = supervisor.pid else { throw StartError.failed(.noProcess) }
      recorder.started(label, of: plan.id, as: pid)
      return pid
    }
  }

  private func dynamicSupervisor(_ node: JSON) throws(FormatError) -> ChildSpec {
    let plan = try StartPlan(node, recorder)
    let options = DynamicSupervisor.Options(
      maxRestarts: try node.integer("max_restarts") ?? 3,
      within: .seconds(try node.integer("max_seconds") ?? 5),
      maxChildren: try node.integer("max_children"),
      extraArguments: try node.list("extra_arguments"))
    let (recorder, dynamicSupervisors) = (recorder, dynamicSupervisors)
    return try child(node, .supervisor) { parent in
      let label = try plan.beginSupervisor(parent.extraArguments)
      let supervisor = try await DynamicSupervisor.startLinked(by: parent, label: label, options)
      guard let pid = supervisor.pid else { throw StartError.failed(.noProcess) }
      dynamicSupervisors.withLock { _ = $0.insert(pid) }
      recorder.started(label, of: plan.id, as: pid)
      return pid
    }
  }

  // MARK: Common fields

  private func child(
    _ node: JSON, _ kind: ChildSpec.Kind, _ start: @escaping ChildSpec.Start
  ) throws(FormatError) -> ChildSpec {
    ChildSpec(
      id: try node.string("id"),
      restart: try word(node, "restart", ChildSpec.Restart.self) ?? .permanent,
      shutdown: try shutdown(node), kind: kind, isSignificant: try node.bool("significant"),
      start: start)
  }

  private func shutdown(_ node: JSON) throws(FormatError) -> ChildSpec.Shutdown? {
    switch node["shutdown"] {
    case nil: nil
    case "brutal_kill": .brutalKill
    case "infinity": .infinity
    case .integer(let limit) where limit >= 0: .after(.milliseconds(limit))
    case let other?:
      throw FormatError("\(other.line) is no shutdown: brutal_kill, infinity or milliseconds")
    }
  }

  private func word<Value: RawRepresentable<String>>(
    _ node: JSON, _ key: String, _: Value.Type
  ) throws(FormatError) -> Value? {
    guard let text = try node.optionalString(key) else { return nil }
    guard let value = Value(rawValue: text) else { throw FormatError("\(text) is no \(key)") }
    return value
  }
}

/// How the starts of one id go, one after the other.
struct StartPlan: Sendable {
  enum Outcome: Sendable {
    case ok, ignore
    /// Init returns stop with the reason.
    case error(ExitReason)
    /// Init raises the error.
    case crash(String)
    /// Init exits.
    case exit(ExitReason)
  }

  let id: String
  private let outcomes: [(word: String, outcome: Outcome)]
  private let recorder: Recorder

  init(_ node: JSON, _ recorder: Recorder) throws(FormatError) {
    id = try node.string("id")
    self.recorder = recorder
    var outcomes: [(word: String, outcome: Outcome)] = []
    for entry in try node.list("init") {
      guard let word = entry.text, let outcome = Self.outcome(word) else {
        throw FormatError(
          "\(entry.line) is no outcome of init: ok, ignore, error:R, crash:R or exit:R")
      }
      outcomes.append((word, outcome))
    }
    self.outcomes = outcomes
  }

  private static func outcome(_ word: String) -> Outcome? {
    if word == "ok" { return .ok }
    if word == "ignore" { return .ignore }
    let parts = word.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "error": return .error(ExitReason(scenario: parts[1]))
    case "crash": return .crash(parts[1])
    case "exit": return .exit(ExitReason(scenario: parts[1]))
    default: return nil
    }
  }

  /// The init function is invoked: says how it goes.
  func begin(_ arguments: [any Sendable]) -> (label: String, outcome: Outcome) {
    let (label, number) = recorder.beginIncarnation(of: id)
    let (word, outcome) = number <= outcomes.count ? outcomes[number - 1] : ("ok", .ok)
    let extra = arguments.compactMap { $0 as? JSON }
    if extra.isEmpty {
      recorder.note("start", .string(label), .string(word))
    } else {
      recorder.note("start", .string(label), .string(word), .array(extra))
    }
    if case .ok = outcome { recorder.isWilling(label) }
    return (label, outcome)
  }

  /// The same for a supervisor, which starts or is not wanted.
  func beginSupervisor(_ arguments: [any Sendable]) throws -> String {
    let (label, outcome) = begin(arguments)
    switch outcome {
    case .ok:
      recorder.isWilling(label, isSupervisor: true)
      return label
    case .ignore: throw StartError.ignored
    case .error(let reason), .exit(let reason): throw StartError.failed(reason)
    case .crash(let text): throw ScenarioError(description: text)
    }
  }
}
