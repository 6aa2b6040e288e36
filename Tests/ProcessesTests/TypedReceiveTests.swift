import Synchronization
import Testing

@testable import Processes

/// `receive` by the type of a message.
@Suite struct TypedReceiveTests {
  private class Base: @unchecked Sendable {}
  private final class Derived: Base, @unchecked Sendable {}

  /// What a process does that got these messages before it ran.
  private func outcome<Value: Sendable>(
    of messages: [any Sendable],
    _ body: @escaping @Sendable (ProcessContext) async throws -> Value
  ) async -> Value? {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let value = Mutex<Value?>(nil)
    let pid = runtime.spawn { process in
      _ = try await process.receive { info in
        if case .message(let word as String) = info, word == "go" { word } else { nil }
      }
      let result = try await body(process)
      value.withLock { $0 = result }
    }
    for message in messages { runtime.send(pid, message) }
    runtime.send(pid, "go")
    // It may have ended before anybody watches: whether it ended well, its value tells.
    _ = await runtime.waitForExit(of: pid, timeout: .seconds(60))
    return value.withLock { $0 }
  }

  @Test func `takes the first of the type and leaves the others in order`() async {
    let received = await outcome(of: ["one", 2, "three", 4]) { process in
      let first = try await process.receive(Int.self)
      let second = try await process.receive(Int.self)
      let words = [
        try await process.receive(String.self), try await process.receive(String.self),
      ]
      return "\(first) \(second) \(words)"
    }
    #expect(received == #"2 4 ["one", "three"]"#)
  }

  @Test func `an object of a subclass is one of the class`() async {
    let isDerived = await outcome(of: [1, Derived()]) { process in
      try await process.receive(Base.self) is Derived
    }
    #expect(isDerived == true)
  }

  @Test func `returns nil when none has come in time, and keeps what is no such message`() async {
    let received = await outcome(of: ["word"]) { process in
      let number = try await process.receive(Int.self, timeout: .milliseconds(1))
      let word = try await process.receive(String.self)
      return "\(number.map(String.init) ?? "none") \(word) \(process.cell.hasLetters)"
    }
    #expect(received == "none word false")
  }
}
