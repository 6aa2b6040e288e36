import Supervision
import SupervisionTesting
import Testing

struct Counter: GenServer {
  enum Message: Sendable {
    case increment
    case value(ReplyTo<Int>)
  }
  var count = 0

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .increment: count += 1
    case .value(let reply): reply(count)
    }
    return .receive
  }
}

@Test func `a server counts`() async throws {
  try await withRuntime { _ in
    let counter = try await startSupervised(Counter.self) { _ in Counter() }
    counter.cast(.increment)
    let count = try await counter.call { .value($0) }
    #expect(count == 1)
  }
}
