import Supervision
import SupervisionTesting
import Testing

@Suite struct SysStateTests {
  @Test func `a state is had whole, or what is made of it in the server's process`() async throws {
    try await withRuntime { runtime in
      let server = try await Counter.start(in: runtime) { _ in Counter(count: 3) }
      #expect(try await server.sys.state(as: Counter.self).count == 3)
      let pid = try #require(server.pid)
      #expect(try await runtime.sys(pid).state(as: Counter.self) { $0.count + 1 } == 4)
      try await server.stop()
    }
  }

  @Test func `an agent's state is what it keeps`() async throws {
    try await withRuntime { runtime in
      let agent = try await Agent.start(in: runtime, name: "cart") { ["eggs": 3] }
      #expect(try await agent.sys.state(as: [String: Int].self) == ["eggs": 3])
      try await runtime.sys(name: "cart").replaceState(as: [String: Int].self) { $0["eggs"] = 4 }
      #expect(try await agent.get { $0["eggs"] } == 4)
      #expect(try await agent.sys.status().state == #"["eggs": 4]"#)
      try await agent.stop()
    }
  }

  @Test func `a state of another type is named`() async throws {
    try await withRuntime { runtime in
      let server = try await Counter.start(in: runtime) { _ in Counter() }
      let pid = try #require(server.pid)
      await #expect(
        throws: SysError.otherState(pid, expected: "String", actual: "Counter")
      ) { try await server.sys.state(as: String.self) }
      let agent = try await Agent.start(in: runtime) { 1 }
      await #expect(
        throws: SysError.otherState(try #require(agent.pid), expected: "String", actual: "Int")
      ) { try await agent.sys.replaceState(as: String.self) { $0 = "" } }
      try await server.stop()
      try await agent.stop()
    }
  }

  @Test func `a state is replaced, and stays as it was when the change fails`() async throws {
    try await withRuntime { runtime in
      let server = try await Counter.start(in: runtime) { _ in Counter() }
      let before = try await server.sys.replaceState(as: Counter.self) { counter in
        defer { counter.count = 7 }
        return counter.count
      }
      #expect(before == 0)
      #expect(try await server.call { .value($0) } == 7)
      await #expect(throws: ExitReason.custom("boom")) {
        try await server.sys.replaceState(as: Counter.self) { counter in
          counter.count = 8
          throw ExitReason.custom("boom")
        }
      }
      #expect(try await server.call { .value($0) } == 7)
      let notes = runtime.events.recent().filter {
        if case .note(let note) = $0.kind { note.eventName == "state_replaced" } else { false }
      }
      #expect(notes.count == 1)
      try await server.stop()
    }
  }

  @Test func `who is no server, not there, or oneself, gives no answer`() async throws {
    try await withRuntime { runtime in
      let free = runtime.spawn { process in _ = try await process.receive() }
      await #expect(throws: SysError.notAServer(free)) { try await runtime.sys(free).status() }
      #expect(runtime.snapshot(of: free)?.mailboxLength == 0)
      #expect(await reason { try await runtime.sys(name: "nobody").status() } == .noProcess)
      let agent = try await Agent.start(in: runtime) { 0 }
      let own = await reason {
        try await agent.get { [sys = agent.sys] _ in try await sys.suspend() }
      }
      #expect(own == .callFailed(.sys, .callingSelf))
      runtime.exit(free, .kill)
    }
  }
}
