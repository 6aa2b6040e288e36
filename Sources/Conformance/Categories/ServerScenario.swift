internal import Processes
internal import Supervision

/// Category `gen_server`: servers and agents, and clients that call them.
struct ServerScenario {
  private let clients: [JSON]
  private let steps: [JSON]
  private let recorder: Recorder

  init(_ content: JSON, _ recorder: Recorder) throws(FormatError) {
    clients = try content.list("clients")
    steps = try content.list("steps")
    self.recorder = recorder
  }

  func run() async throws -> [JSON] {
    let runtime = recorder.runtime
    for client in clients {
      let name = try client.string("name")
      let pid = runtime.spawn(label: name, isTrappingExits: try client.bool("trap")) { process in
        try await ScenarioClient(process, name, recorder).live()
      }
      recorder.name(name, pid)
    }
    await runtime.settle()
    _ = recorder.drain()

    var traces: [JSON] = []
    for step in steps {
      let result = try await perform(step)
      await runtime.settle()
      traces.append([
        "result": result, "events": .array(recorder.drain()), "alive": .array(recorder.alive),
      ])
    }
    return traces
  }

  private func perform(_ step: JSON) async throws -> JSON {
    let runtime = recorder.runtime
    switch try step.string("op") {
    case "wait":
      try await runtime.sleep(for: try step.milliseconds("ms") ?? .zero)
      return "ok"
    case "signal":
      guard let pid = recorder.pid(try step.string("to")) else { return "no_process" }
      runtime.exit(pid, try step.reason())
      return "ok"
    default:
      return try await perform(step, by: try step.optionalString("by") ?? "c1")
    }
  }

  /// Lets a client execute the step.
  private func perform(_ step: JSON, by name: String) async throws -> JSON {
    let runtime = recorder.runtime
    if let to = try step.optionalString("to"), recorder.pid(to) == nil { return "no_process" }
    guard let pid = recorder.pid(name), runtime.isAlive(pid) else { return "noproc" }
    let client = ServerRef<ScenarioClient.Request>(runtime, pid: pid)
    if try step.bool("async") {
      client.cast(.later(step))
      return "async"
    }
    do {
      return try await client.call(timeout: nil) { .now(step, $0) }.get()
    } catch let error as CallError {
      return ["died", recorder.json(error.reason)]
    }
  }
}
