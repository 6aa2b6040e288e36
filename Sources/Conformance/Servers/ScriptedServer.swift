internal import Processes
internal import Supervision

/// What a server is told to do: checked once, interpreted by whichever callback gets it.
struct Act: Sendable {
  let content: JSON
  let kind: String

  init(_ json: JSON?) throws(FormatError) {
    guard let json else { throw FormatError("act is missing") }
    content = json
    kind = try json.string("do")
    guard Self.kinds.contains(kind) else { throw FormatError("\(kind) is no action of a server") }
    for key in ["then", "act"] where json[key] != nil { _ = try Act(json[key]) }
    for key in ["sleep", "timeout", "call_timeout"] { _ = try json.milliseconds(key) }
    if ["stop", "error", "exit"].contains(kind) { _ = try json.string("reason") }
    if ["get", "put"].contains(kind) { _ = try json.string("key") }
    if kind == "call" {
      _ = try json.string("to")
      guard json["act"] != nil else { throw FormatError("act is missing in \(json.line)") }
    }
  }

  private static let kinds: Set = [
    "reply", "noreply", "get", "put", "stop", "error", "exit", "throw", "bad_return", "hold",
    "release", "reply_early", "call",
  ]
}

/// A server that does what its messages say.
struct ScriptedServer: GenServer {
  enum Message: Sendable {
    case call(Act, ReplyTo<JSON>)
    case cast(Act)
    /// What was put off, under this tag.
    case put(off: JSON, Act?)
  }

  private let plan: Plan
  private let label: String
  private let recorder: Recorder
  private var state: [String: JSON] = [:]
  private var held: [ReplyTo<JSON>] = []

  private init(_ plan: Plan, _ label: String, _ recorder: Recorder) {
    self.plan = plan
    self.label = label
    self.recorder = recorder
  }

  func initialize(_ process: ProcessContext) async throws -> Initial {
    process.isTrappingExits = plan.isTrappingExits
    let start = plan.initial
    if let sleep = try start.milliseconds("sleep") { try await process.sleep(for: sleep) }
    switch try start.optionalString("do") ?? "ok" {
    case "ignore": return .ignore
    case "stop": return .stop(try start.reason())
    case "error": throw ScenarioError(description: try start.string("reason"))
    case "exit": throw try start.reason()
    case "bad_return": return .stop(.badReturn(nil))
    default:
      recorder.started(label, of: plan.id, as: process.pid)
      return .then(try next(start))
    }
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    switch message {
    case .call(let act, let reply): return try await perform(act, reply, process)
    case .cast(let act): return try await perform(act, nil, process)
    case .put(let tag, let act):
      recorder.note("continue", .string(label), tag)
      guard let act else { return .receive }
      return try await perform(act, nil, process)
    }
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) async throws -> Next {
    switch info {
    case .message(let act as Act): return try await perform(act, nil, process)
    case .message(let message as PlainMessage):
      recorder.note("info", .string(label), .string(message.from), message.value)
    case .exit(let exit):
      recorder.note(
        "EXIT", .string(label), .string(recorder.label(exit.sender)), recorder.json(exit.reason))
    case .timeout: recorder.note("timeout", .string(label))
    case .message, .down: break
    }
    return .receive
  }

  func terminate(_ reason: ExitReason, _ process: ProcessContext) async throws {
    recorder.note("terminate", .string(label), recorder.json(reason))
    guard let ending = plan.ending else { return }
    if let sleep = try ending.milliseconds("sleep") { try await process.sleep(for: sleep) }
    switch try ending.optionalString("do") {
    case "error": throw ScenarioError(description: try ending.string("reason"))
    case "exit": throw try ending.reason()
    // A throw there is an ordinary return, and changes nothing.
    default: return
    }
  }
}

// MARK: Acting

extension ScriptedServer {
  private mutating func perform(
    _ act: Act, _ reply: ReplyTo<JSON>?, _ process: ProcessContext
  ) async throws -> Next {
    let content = act.content
    if let sleep = try content.milliseconds("sleep") { try await process.sleep(for: sleep) }
    switch act.kind {
    case "reply": reply?(content["value"] ?? nil)
    case "get": reply?(state[try content.string("key")] ?? nil)
    case "put":
      state[try content.string("key")] = content["value"] ?? nil
      reply?("ok")
    case "stop":
      if let answer = content["reply"] { reply?(answer) }
      return .stop(try content.reason())
    case "error": throw ScenarioError(description: try content.string("reason"))
    case "exit": throw try content.reason()
    case "throw", "bad_return": return .stop(.badReturn(content["value"]))
    case "hold": if let reply { held.append(reply) }
    case "release":
      if held.isEmpty {
        reply?("none")
      } else {
        held.removeFirst()(content["value"] ?? nil)
        reply?("ok")
      }
    case "reply_early":
      reply?(content["value"] ?? nil)
      if content["then"] != nil { return try await perform(try Act(content["then"]), nil, process) }
    case "call":
      let answer = try await call(content, process)
      reply?(answer)
    default: break
    }
    return try next(content)
  }

  private func call(_ content: JSON, _ process: ProcessContext) async throws -> JSON {
    let to = try content.string("to")
    let act = try Act(content["act"])
    let isCaught = try content.bool("catch")
    let pid = to == "self" ? process.pid : recorder.pid(to)
    do {
      // Nobody bears the empty name: an id that never started is called in vain.
      let target = pid.map { Destination.pid($0) } ?? .name("")
      let callee = ServerRef<Message>(process.runtime, target)
      return try await callee.call(
        timeout: try content.milliseconds("call_timeout") ?? .seconds(5)
      ) { .call(act, $0) }
    } catch let error as CallError where isCaught {
      return ["exit", recorder.json(error.exitReason)]
    }
  }

  /// What follows an action: a wait with a limit, something put off, or nothing.
  private func next(_ content: JSON) throws -> Next {
    if let tag = content["continue"] {
      return .continue(with: .put(off: tag, try content["then"].map { try Act($0) }))
    }
    if let timeout = try content.milliseconds("timeout") { return .receive(within: timeout) }
    return .receive
  }
}

// MARK: Starting

extension ScriptedServer {
  /// How a server is started and ends.
  struct Plan: ScenarioStart, Sendable {
    let id: String
    let isTrappingExits: Bool
    let initial: JSON
    let ending: JSON?
    private let isLinked: Bool
    private let name: String?
    private let timeout: Duration?

    init(_ step: JSON) throws(FormatError) {
      id = try step.string("id")
      isTrappingExits = try step.bool("trap")
      initial = step["init"] ?? ["do": "ok"]
      ending = step["terminate"]
      isLinked = try step.bool("link")
      name = try step.optionalString("name")
      timeout = try step.milliseconds("timeout")
      switch try initial.optionalString("do") ?? "ok" {
      case "ok", "ignore", "bad_return": break
      case "stop", "error", "exit": _ = try initial.string("reason")
      case let word: throw FormatError("\(word) is no init of a server")
      }
      if initial["then"] != nil { _ = try Act(initial["then"]) }
      switch try ending?.optionalString("do") {
      case nil, "throw": break
      case "error", "exit": _ = try ending?.string("reason")
      case let word?: throw FormatError("\(word) is no end of a server")
      }
    }

    private var outcome: String {
      let reason = initial["reason"]?.word ?? ""
      return switch initial["do"]?.text {
      case "ignore": "ignore"
      case "stop": "error:\(reason)"
      case "error": "crash:\(reason)"
      case "exit": "exit:\(reason)"
      case "bad_return": "bad_return"
      default: "ok"
      }
    }

    func start(by process: ProcessContext, _ recorder: Recorder) async throws -> PID {
      let make: @Sendable (ProcessContext) -> ScriptedServer = { process in
        let (label, _) = recorder.beginIncarnation(of: id)
        process.label = label
        recorder.identify(process.pid, as: label)
        recorder.note("start", .string(label), .string(outcome))
        if outcome == "ok" { recorder.isWilling(label) }
        return ScriptedServer(self, label, recorder)
      }
      let server =
        isLinked
        ? try await ScriptedServer.startLinked(by: process, name: name, timeout: timeout, make)
        : try await ScriptedServer.start(in: process.runtime, name: name, timeout: timeout, make)
      guard let pid = server.pid else { throw StartError.failed(.noProcess) }
      return pid
    }
  }
}
