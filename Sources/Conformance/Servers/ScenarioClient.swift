internal import Processes
internal import Supervision

/// A client of a scenario: a plain process that executes steps and logs what it receives.
final class ScenarioClient {
  enum Request: Sendable {
    case now(JSON, ReplyTo<Result<JSON, FormatError>>)
    /// Answered by the next `await`.
    case later(JSON)
  }

  private let process: ProcessContext
  private let name: String
  private let recorder: Recorder
  private var pending: Result<JSON, FormatError>?

  init(_ process: ProcessContext, _ name: String, _ recorder: Recorder) {
    self.process = process
    self.name = name
    self.recorder = recorder
  }

  func live() async throws {
    while true {
      switch try await process.receive() {
      case .message(.now(let step, let reply) as Request): reply(try await answer(step))
      case .message(.later(let step) as Request): pending = try await answer(step)
      case .message(let message as PlainMessage):
        recorder.note("msg", .string(name), .string(message.from), message.value)
      case .exit(let exit):
        recorder.note(
          "EXIT", .string(name), .string(recorder.label(exit.sender)), recorder.json(exit.reason))
      case .message, .down, .timeout: break
      }
    }
  }

  private func answer(_ step: JSON) async throws -> Result<JSON, FormatError> {
    do {
      let isCaught = try step.bool("catch", default: true)
      do {
        return .success(try await execute(step))
      } catch let error as CallError where isCaught {
        return .success(["exit", recorder.json(error.exitReason)])
      }
    } catch let error as FormatError {
      return .failure(error)
    }
  }

  /// Whom a step is for: a server's PID, or a name; nil for an id that never started.
  private func target(_ step: JSON) throws(FormatError) -> Destination? {
    if let name = try step.optionalString("name") { return .name(name) }
    return recorder.pid(try step.string("to")).map { .pid($0) }
  }

  private func execute(_ step: JSON) async throws -> JSON {
    let operation = try step.string("op")
    switch operation {
    case "start": return await outcome(of: try ScriptedServer.Plan(step), step)
    case "agent_start": return await outcome(of: try AgentPlan(step), step)
    case "finish": throw try step.reason()
    case "whereis":
      let pid = process.runtime.whereis(try step.string("name"))
      return .string(pid.map(recorder.label) ?? "undefined")
    case "await":
      defer { pending = nil }
      return try pending?.get() ?? "nothing"
    case "exit", "unlink":
      guard let pid = recorder.pid(try step.string("to")) else { return "no_process" }
      if operation == "exit" {
        process.exit(pid, try step.reason())
      } else {
        process.unlink(pid)
      }
      return "ok"
    default:
      guard let target = try target(step) else { return "no_process" }
      return operation.hasPrefix("agent_")
        ? try await askAgent(target, operation, step)
        : try await askServer(target, operation, step)
    }
  }

  // MARK: Starting

  private func outcome(of plan: some ScenarioStart, _ step: JSON) async -> JSON {
    do {
      let pid = try await plan.start(by: process, recorder)
      return ["ok", .string(recorder.label(pid))]
    } catch StartError.ignored {
      return "ignore"
    } catch let error as StartError {
      return ["error", recorder.json(error.exitReason)]
    } catch {
      return ["exit", recorder.json(ExitReason(escaping: error))]
    }
  }

  // MARK: Asking

  private func askServer(
    _ target: Destination, _ operation: String, _ step: JSON
  ) async throws -> JSON {
    let server = ServerRef<ScriptedServer.Message>(process.runtime, target)
    switch operation {
    case "call":
      let act = try Act(step["act"])
      let reply = try await server.call(timeout: try step.milliseconds("timeout") ?? .seconds(5)) {
        .call(act, $0)
      }
      return ["reply", reply]
    case "cast":
      server.cast(.cast(try Act(step["act"])))
      return "ok"
    case "send":
      let message: any Sendable =
        step.has("act")
        ? try Act(step["act"]) : PlainMessage(from: name, value: step["msg"] ?? nil)
      switch target {
      case .pid(let pid): process.runtime.send(pid, message)
      case .via: throw FormatError("scenarios have no such names")
      case .name(let name):
        guard process.runtime.send(name: name, message) else { return "badarg" }
      }
      return "ok"
    case "stop": return try await stop(target, step)
    default: throw FormatError("\(operation) is no operation of this category")
    }
  }

  private func askAgent(
    _ target: Destination, _ operation: String, _ step: JSON
  ) async throws -> JSON {
    if operation == "agent_stop" { return try await stop(target, step) }
    let agent = Agent<JSON>(process.runtime, target)
    let function = try AgentFunction(step["fun"])
    let timeout = try step.milliseconds("timeout") ?? .seconds(5)
    let runtime = process.runtime
    switch operation {
    case "agent_get":
      return [
        "reply", try await agent.get(timeout: timeout) { try await function.apply($0, runtime) },
      ]
    case "agent_update":
      try await agent.update(timeout: timeout) { $0 = try await function.apply($0, runtime) }
      return "ok"
    case "agent_get_and_update":
      let old = try await agent.getAndUpdate(timeout: timeout) { state in
        let old = state
        state = try await function.apply(state, runtime)
        return old
      }
      return ["reply", old]
    case "agent_cast":
      agent.cast { $0 = try await function.apply($0, runtime) }
      return "ok"
    default: throw FormatError("\(operation) is no operation of this category")
    }
  }

  private func stop(_ target: Destination, _ step: JSON) async throws -> JSON {
    let reason = try step.optionalString("reason").map { ExitReason(scenario: $0) } ?? .normal
    try await process.runtime.stop(target, reason, timeout: try step.milliseconds("timeout"))
    return "ok"
  }
}

/// A way to start a server or an agent.
protocol ScenarioStart {
  func start(by process: ProcessContext, _ recorder: Recorder) async throws -> PID
}
