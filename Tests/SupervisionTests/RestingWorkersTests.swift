import Supervision
import Testing

@testable import Processes

/// Workers that rest from stealing, since the clients of one server get more done on one worker.
@Suite struct RestingWorkersTests {
  @Test func `what comes from outside is done meanwhile, and the system settles after it`()
    async throws
  {
    let runtime = Runtime(workers: 3)
    defer { runtime.shutdown() }
    let server = try await Tally.start(in: runtime) { _ in Tally() }
    for round in 1...10 {
      let clients = (0..<8).map { _ in
        runtime.spawn { _ in
          for _ in 0..<1000 { _ = try await server.call { .count($0) } }
        }
      }
      for _ in 0..<10 { _ = try await server.call(timeout: .seconds(60)) { .count($0) } }
      #expect(await runtime.settle(timeout: .seconds(60)))
      #expect(clients.allSatisfy { !runtime.isAlive($0) })
      #expect(try await server.call { .count($0) } == round * 8011)
    }
  }
}

private struct Tally: GenServer {
  enum Message: Sendable { case count(ReplyTo<Int>) }

  var count = 0

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .count(let reply):
      count += 1
      reply(count)
    }
    return .receive
  }
}
