import Supervision
import Testing

@testable import Processes

/// A caller stays among its server's callers from one call to the next: what the server's death is to it.
@Suite struct CalleeDeathTests {
  @Test func `a server's death ends the second call of a process like the first`() async throws {
    let runtime = Runtime(workers: 2)
    defer { runtime.shutdown() }
    let server = try await Named.start(in: runtime) { _ in Named() }
    let reasons = Locked<[ExitReason?]>([])
    let caller = runtime.spawn { _ in
      for _ in 0..<3 { _ = try await server.call { .name($0) } }
      let error = await #expect(throws: CallError.self) {
        try await server.call(timeout: nil) { .keep($0) }
      }
      reasons.withLock { $0.append(error?.reason) }
      let next = await #expect(throws: CallError.self) { try await server.call { .name($0) } }
      reasons.withLock { $0.append(next?.reason) }
    }
    await runtime.settle()
    runtime.exit(try #require(server.pid), .kill)
    _ = await runtime.waitForExit(of: caller)
    #expect(reasons.withLock { $0 } == [.killed, .noProcess])
  }

  @Test(arguments: [false, true])
  func `a server's death is nothing to who has called it before and now waits for another`(
    _ callsItTwice: Bool
  ) async throws {
    let runtime = Runtime(workers: 2)
    defer { runtime.shutdown() }
    let first = try await Named.start(in: runtime) { _ in Named() }
    let second = try await Named.start(in: runtime) { _ in Named() }
    let answers = Locked<[PID]>([])
    let caller = runtime.spawn { _ in
      for _ in 0..<(callsItTwice ? 2 : 1) { _ = try await first.call { .name($0) } }
      let answer = try await second.call(timeout: nil) { .keep($0) }
      answers.withLock { $0.append(answer) }
    }
    await runtime.settle()
    runtime.exit(try #require(first.pid), .kill)
    await runtime.settle()
    #expect(runtime.isAlive(caller))
    second.cast(.release)
    _ = await runtime.waitForExit(of: caller)
    #expect(answers.withLock { $0 } == [try #require(second.pid)])
  }

  @Test func `a caller that has gone is nothing to its server's death`() async throws {
    let runtime = Runtime(workers: 2)
    defer { runtime.shutdown() }
    let server = try await Named.start(in: runtime) { _ in Named() }
    for _ in 0..<100 {
      let caller = runtime.spawn { _ in
        for _ in 0..<2 { _ = try await server.call { .name($0) } }
      }
      _ = await runtime.waitForExit(of: caller)
    }
    runtime.exit(try #require(server.pid), .kill)
    #expect(await runtime.settle(timeout: .seconds(60)))
  }

  /// Each call ends, by an answer of the very server that was asked or by its death, whatever dies meanwhile.
  @Test func `calls of servers that are killed all the time end, and by nobody else`() async throws
  {
    let runtime = Runtime(workers: 4)
    defer { runtime.shutdown() }
    let servers = Locked<[ServerRef<Named.Message>]>([])
    for _ in 0..<3 {
      let server = try await Named.start(in: runtime) { _ in Named() }
      servers.withLock { $0.append(server) }
    }
    let counts = Locked((answers: 0, failures: 0, wrong: 0, ended: 0))
    let clients = (0..<6).map { seed in
      runtime.spawn { process in
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<200 {
          let server = servers.withLock { $0.randomElement(using: &generator) }
          guard let server, let pid = server.pid else { continue }
          // Several of the same, too.
          for _ in 0..<Int.random(in: 1...3, using: &generator) {
            do {
              let answer = try await server.call(timeout: nil) { .name($0) }
              counts.withLock {
                $0.answers += 1
                if answer != pid { $0.wrong += 1 }
              }
            } catch let error as CallError {
              counts.withLock {
                $0.failures += 1
                if error.reason != .killed, error.reason != .noProcess { $0.wrong += 1 }
              }
            }
          }
        }
        counts.withLock { $0.ended += 1 }
      }
    }
    let killer = runtime.spawn { process in
      var generator = SeededGenerator(seed: 99)
      while true {
        let place = Int.random(in: 0..<3, using: &generator)
        let old = servers.withLock { $0[place] }
        if let pid = old.pid { process.exit(pid, .kill) }
        let new = try await Named.start(in: process.runtime) { _ in Named() }
        servers.withLock { $0[place] = new }
        try await process.sleep(for: .microseconds(50))
      }
    }
    // Some may have gone before anybody waits for it.
    for client in clients { _ = await runtime.waitForExit(of: client, timeout: .seconds(120)) }
    runtime.exit(killer, .kill)
    let (answers, failures, wrong, ended) = counts.withLock { $0 }
    #expect(ended == clients.count)
    #expect(answers > 0)
    #expect(failures > 0)
    #expect(wrong == 0)
  }
}

private struct Named: GenServer {
  enum Message: Sendable {
    case name(ReplyTo<PID>)
    case keep(ReplyTo<PID>)
    case release
  }

  var kept: ReplyTo<PID>?

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .name(let reply): reply(process.pid)
    case .keep(let reply): kept = reply
    case .release: kept?(process.pid)
    }
    return .receive
  }
}
