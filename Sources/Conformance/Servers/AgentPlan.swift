internal import Processes
internal import Supervision

/// What a function on an agent's state does.
struct AgentFunction: Sendable {
  private let content: JSON
  private let sleep: Duration
  let kind: String

  init(_ json: JSON?) throws(FormatError) {
    content = json ?? ["do": "value", "value": .integer(0)]
    kind = try content.string("do")
    sleep = try content.milliseconds("sleep") ?? .zero
    guard ["id", "value", "add", "error", "exit", "throw", "bad"].contains(kind) else {
      throw FormatError("\(kind) is no function of an agent")
    }
    if kind == "error" || kind == "exit" { _ = try content.string("reason") }
  }

  /// How a start with this function is logged.
  var outcome: String {
    switch kind {
    case "error": "crash:\(content["reason"]?.word ?? "")"
    case "exit": "exit:\(content["reason"]?.word ?? "")"
    case "throw", "bad": "bad_return"
    default: "ok"
    }
  }

  func apply(_ state: JSON, _ runtime: Runtime) async throws -> JSON {
    if sleep > .zero { try await runtime.sleep(for: sleep) }
    switch kind {
    case "value": return content["value"] ?? nil
    case "add":
      guard case .integer(let number) = state else { throw ScenarioError(description: "badarith") }
      return .integer(number + (try content.integer("n") ?? 0))
    case "error": throw ScenarioError(description: try content.string("reason"))
    case "exit": throw try content.reason()
    case "throw": throw ExitReason.badReturn(content["value"])
    case "bad": throw ExitReason.badReturn(nil)
    default: return state
    }
  }
}

/// How an agent is started.
struct AgentPlan: ScenarioStart {
  private let id: String
  private let isLinked: Bool
  private let name: String?
  private let timeout: Duration?
  private let function: AgentFunction

  init(_ step: JSON) throws(FormatError) {
    id = try step.string("id")
    isLinked = try step.bool("link")
    name = try step.optionalString("name")
    timeout = try step.milliseconds("timeout")
    function = try AgentFunction(step["fun"])
  }

  func start(by process: ProcessContext, _ recorder: Recorder) async throws -> PID {
    let (runtime, id, function) = (process.runtime, id, function)
    let initial: @Sendable (ProcessContext) async throws -> JSON = { agent in
      let (label, _) = recorder.beginIncarnation(of: id)
      agent.label = label
      recorder.identify(agent.pid, as: label)
      recorder.note("start", .string(label), .string(function.outcome))
      if function.outcome == "ok" { recorder.isWilling(label) }
      let state = try await function.apply(nil, runtime)
      recorder.started(label, of: id, as: agent.pid)
      return state
    }
    let agent =
      isLinked
      ? try await Agent.startLinked(by: process, name: name, timeout: timeout, initial)
      : try await Agent.start(in: runtime, name: name, timeout: timeout, initial)
    guard let pid = agent.pid else { throw StartError.failed(.noProcess) }
    return pid
  }
}
