import Supervision

/// The peer's server of the same name: counts, and tells the count.
struct Echo: GenServer {
  enum Message: Sendable {
    case ping(ReplyTo<Int>)
    case increment
  }

  var count = 0

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .ping(let reply): reply(count)
    case .increment: break
    }
    count += 1
    return .receive
  }
}

extension Workload {
  /// Calls and casts: one client or many, one server.
  static let calls: [Workload] = [
    Workload("gen_call", summary: "calls of one client, with the default timeout") {
      setting, process in
      let count = setting.count(1_000_000)
      let echo = try await Echo.startLinked(by: process) { _ in Echo() }
      try await setting.meter.time("gen_call", ops: count) {
        for _ in 0..<count { _ = try await echo.call { .ping($0) } }
      }
      try await echo.stop()
    },
    Workload("gen_call_8", summary: "calls of eight clients to one server") { setting, process in
      let count = setting.count(1_000_000)
      let echo = try await Echo.startLinked(by: process) { _ in Echo() }
      try await setting.meter.time("gen_call_8", ops: count) {
        try await inParallel(8, process) { _ in
          for _ in 0..<count / 8 { _ = try await echo.call { .ping($0) } as Int }
        }
      }
      try await echo.stop()
    },
    Workload(
      "call_timeout", summary: "calls that wait, with a timeout of five seconds set for each"
    ) {
      setting, process in
      let count = setting.count(500_000)
      let echo = try await Echo.startLinked(by: process) { _ in Echo() }
      let relay = try await Relay.startLinked(by: process) { _ in Relay(target: echo) }
      try await setting.meter.time("call_timeout", ops: count) {
        for _ in 0..<count { _ = try await relay.call(timeout: .seconds(5)) { .ping($0) } }
      }
      try await relay.stop()
      try await echo.stop()
    },
    Workload("fan_in", summary: "casts of eight senders to one server") { setting, process in
      let (senders, each) = (8, setting.count(250_000))
      let echo = try await Echo.startLinked(by: process) { _ in Echo() }
      try await setting.meter.time("fan_in", ops: senders * each) {
        try await inParallel(senders, process) { _ in
          for _ in 0..<each { echo.cast(.increment) }
        }
        let seen = try await echo.call(timeout: nil) { .ping($0) }
        precondition(
          seen == senders * each, "the server has seen \(seen) of \(senders * each) casts")
      }
      try await echo.stop()
    },
  ]

  /// Runs `body` in so many tasks, and waits for all.
  static func inParallel(
    _ count: Int, _ process: ProcessContext,
    _ body: @escaping @Sendable (ProcessContext) async throws -> Void
  ) async throws {
    var tasks: [ProcessTask<Void>] = []
    for _ in 0..<count { tasks.append(ProcessTask<Void>.async(by: process, body)) }
    _ = try await ProcessTask.awaitMany(tasks, timeout: nil)
  }
}

/// Passes calls on, so that the caller waits for somebody else's reply.
private struct Relay: GenServer {
  typealias Message = Echo.Message

  let target: ServerRef<Echo.Message>

  func handle(_ message: Message, _ process: ProcessContext) -> Next {
    target.cast(message)
    return .receive
  }
}
