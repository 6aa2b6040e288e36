import Supervision
import SupervisionTesting
import Testing

@Suite struct SysRunTests {
  @Test func `somebody else's code runs in the server's process, between two messages`()
    async throws
  {
    try await simulate(seeds: 0..<20) { runtime in
      let server = try await Counter.start(in: runtime) { _ in Counter() }
      let ran = Locked<PID?>(nil)
      server.cast(.increment)
      try await server.sys.run { process in ran.withLock { $0 = process.pid } }
      server.cast(.increment)
      #expect(try await server.call { .value($0) } == 2)
      #expect(ran.withLock { $0 } == server.pid)
      try await server.stop()
    }
  }

  @Test func `what it throws ends the server as an escaped error does`() async throws {
    try await simulate(seeds: 0..<20) { runtime in
      let server = try await Counter.start(in: runtime) { _ in Counter() }
      let pid = try #require(server.pid)
      try await server.sys.run { _ in throw ExitReason.custom("enough") }
      await runtime.settle()
      let ends = runtime.events.recent().compactMap { event -> ExitReason? in
        guard case .exited(let who, let reason) = event.kind, who.pid == pid else { return nil }
        return reason
      }
      #expect(ends == [.custom("enough")])
    }
  }

  @Test func `what never ends hangs the server, and a kill ends it`() async throws {
    try await simulate(seeds: 0..<20) { runtime in
      let server = try await Counter.start(in: runtime) { _ in Counter() }
      let pid = try #require(server.pid)
      try await server.sys.run { process in
        _ = try await process.receive(where: { _ in nil as Int? })
      }
      await #expect(throws: CallError.self) { try await server.call { .value($0) } }
      runtime.exit(pid, .kill)
      await runtime.settle()
      #expect(!runtime.isAlive(pid))
    }
  }

  @Test func `a slowed server takes that much longer for each message, until it is let go`()
    async throws
  {
    try await simulate(seeds: 0..<20) { runtime in
      let server = try await Counter.start(in: runtime) { _ in Counter() }
      try await server.sys.setDelay(.seconds(1))
      let start = runtime.now
      server.cast(.increment)
      #expect(try await server.call { .value($0) } == 1)
      #expect(runtime.now - start == .seconds(2))
      try await server.sys.setDelay(nil)
      #expect(try await server.call { .value($0) } == 1)
      #expect(runtime.now - start == .seconds(2))
      try await server.stop()
    }
  }
}
