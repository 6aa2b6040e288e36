internal import Processes
internal import Supervision

/// A plain message, with its sender's label.
struct PlainMessage: Sendable {
  var from: String
  var value: JSON
}

/// Category `signals`: plain processes that link, monitor, signal and end.
struct SignalsScenario {
  private let steps: [JSON]
  private let procs: [JSON]
  private let recorder: Recorder

  init(_ content: JSON, _ recorder: Recorder) throws(FormatError) {
    steps = try content.list("steps")
    procs = try content.list("procs")
    self.recorder = recorder
  }

  func run() async throws -> [JSON] {
    let runtime = recorder.runtime
    for proc in [["name": "main", "trap": true]] + procs {
      let name = try proc.string("name")
      let pid = runtime.spawn(label: name, isTrappingExits: try proc.bool("trap")) { process in
        try await SignalsProcess(process, name, recorder).live()
      }
      recorder.name(name, pid)
    }
    await runtime.settle()
    _ = recorder.drain()

    var traces: [JSON] = []
    for step in steps {
      let result = try await perform(step)
      await runtime.settle()
      traces.append(trace(result))
    }
    return traces
  }

  private func perform(_ step: JSON) async throws -> JSON {
    let by = try step.string("by")
    let operations = try step.list("do")
    guard let pid = recorder.pid(by), recorder.runtime.isAlive(pid) else { return "noproc" }
    let results = Locked([JSON]())
    let executor = ServerRef<SignalsProcess.Request>(recorder.runtime, pid: pid)
    do {
      try await executor.call(timeout: nil) { reply in
        SignalsProcess.Request(operations: operations, results: results, reply: reply)
      }
    } catch is CallError {
      // The process ended on the way; what is left was not executed.
    }
    let done = results.withLock { $0 }
    if let fault = done.lazy.compactMap({ $0["format_error"]?.text }).first {
      throw FormatError(fault)
    }
    return .array(done + Array(repeating: .null, count: max(0, operations.count - done.count)))
  }

  private func trace(_ result: JSON) -> JSON {
    let runtime = recorder.runtime
    var state: [String: JSON] = [:]
    for process in runtime.snapshot where process.status != .zombie {
      let monitors = process.monitoring.map { target in
        if case .pid(let pid) = target { recorder.label(pid) } else { target.description }
      }
      state[recorder.label(process.pid)] = [
        "links": .array(process.links.map { recorder.label($0) }.sorted().map { .string($0) }),
        "monitors": .array(monitors.sorted().map { .string($0) }),
        "trap": .bool(process.isTrappingExits),
      ]
    }
    var trace: [String: JSON] = [
      "result": result, "events": .array(recorder.drain()), "state": .object(state),
    ]
    let names = runtime.registeredNames
    if !names.isEmpty {
      trace["names"] = .object(
        Dictionary(
          uniqueKeysWithValues: names.map { ($0.name, .string(recorder.label($0.pid))) }))
    }
    return .object(trace)
  }
}
