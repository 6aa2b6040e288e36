import Supervision
import SupervisionTesting
import Testing

/// A server that starts tasks: it awaits them, or gets what comes of them as messages.
private struct Errands: GenServer {
  enum Message: Sendable {
    case awaited(ReplyTo<Int>)
    case unawaited(ReplyTo<Int>)
    case failing
  }

  let log: Locked<[String]>
  private var running: [(task: ProcessTask<Int>, reply: ReplyTo<Int>)] = []

  init(log: Locked<[String]>) { self.log = log }

  mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    switch message {
    case .awaited(let reply):
      let task = ProcessTask.async(by: process) { process in
        try await process.sleep(for: .seconds(1))
        return 1
      }
      reply(try await task.await())
      log.withLock { $0.append("awaited") }
    case .unawaited(let reply):
      running.append((ProcessTask.async(by: process) { _ in 2 }, reply))
      log.withLock { $0.append("unawaited") }
    case .failing:
      process.isTrappingExits = true
      let task = ProcessTask<Int>.async(by: process) { _ in throw ExitReason.custom("boom") }
      running.append((task, .nobody))
    }
    return .receive
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    for (task, reply) in running {
      switch task.outcome(in: info) {
      case .success(let value)?:
        reply(value)
        log.withLock { $0.append("value") }
      case .failure(let reason)?: log.withLock { $0.append("down \(reason)") }
      case nil: break
      }
    }
    if case .exit(let exit) = info { log.withLock { $0.append("exit \(exit.reason)") } }
    return .receive
  }
}

@Suite struct TasksOfServersTests {
  @Test func `a server's handler can await, and its other messages wait with it`() async throws {
    try await withVirtualTime { runtime in
      let log = Locked([String]())
      let server = try await Errands.start(in: runtime) { _ in Errands(log: log) }
      server.cast(.awaited(.nobody))
      server.cast(.unawaited(.nobody))
      #expect(try await server.call { .awaited($0) } == 1)
      #expect(log.withLock { Array($0.prefix(2)) } == ["awaited", "unawaited"])
      await runtime.settle()
      #expect(
        log.withLock { $0.sorted() } == ["awaited", "awaited", "down normal", "unawaited", "value"])
    }
  }

  @Test func `a server that doesn't await gets the value and the end as messages`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let server = try await startSupervised(Errands.self) { _ in Errands(log: log) }
      #expect(try await server.call { .unawaited($0) } == 2)
      await runtime.settle()
      #expect(log.withLock { $0 } == ["unawaited", "value", "down normal"])
    }
  }

  @Test func `a server that traps exits hears of a failed task twice`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let server = try await startSupervised(Errands.self) { _ in Errands(log: log) }
      server.cast(.failing)
      await runtime.settle()
      #expect(log.withLock { $0 } == ["exit boom", "down boom"])
    }
  }
}
