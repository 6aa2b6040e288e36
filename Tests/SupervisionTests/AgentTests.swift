import Supervision
import SupervisionTesting
import Testing

@Suite struct AgentTests {
  @Test func `a named agent is reached by its name, also after a restart`() async throws {
    try await withRuntime { runtime in
      let counter = Agent<Int>(runtime, name: "counter")
      await #expect {
        try await counter.get { $0 }
      } throws: { ($0 as? CallError)?.reason == .noProcess }
      let supervisor = try await startSupervised(
        Supervisor.self, children: [Agent.childSpec(name: "counter") { 1 }])
      try await counter.update { $0 += 1 }
      #expect(try await counter.get { $0 } == 2)
      #expect(try await supervisor.whichChildren().map(\.id) == ["counter"])

      runtime.exit(try #require(counter.pid), .kill)
      await runtime.settle()
      #expect(try await counter.get { $0 } == 1)
    }
  }

  @Test func `getting and updating returns what the function says`() async throws {
    try await withRuntime { _ in
      let cart = try await startSupervised(Agent<[String: Int]>.self) { ["eggs": 3, "milk": 1] }
      #expect(try await cart.getAndUpdate { $0.removeValue(forKey: "eggs") } == 3)
      let (old, new) = try await cart.getAndUpdate { state in
        let old = state
        state["milk"] = 2
        return (old, state)
      }
      #expect(old == ["milk": 1])
      #expect(new == ["milk": 2])
    }
  }

  @Test func `functions run in the agent's process, one after the other`() async throws {
    try await withVirtualTime { runtime in
      let agent = try await Agent.start(in: runtime) { [String]() }
      let adder = try await Agent.start(in: runtime) { 40 }
      agent.cast { state in
        try await runtime.sleep(for: .seconds(1))
        state.append("slept")
      }
      agent.cast { state in state.append("\(try await adder.get { $0 + 2 })") }
      #expect(try await agent.get { $0 } == ["slept", "42"])
      #expect(runtime.now == .seconds(1))
    }
  }

  @Test func `a function that throws ends the agent with that reason`() async throws {
    struct Boom: Error, CustomStringConvertible { var description: String { "boom" } }
    typealias Use = @Sendable (Agent<Int>) async throws -> Void
    let rows: [(String, Use)] = [
      ("get", { agent in try await agent.get { _ in throw Boom() } }),
      ("update", { agent in try await agent.update { _ in throw Boom() } }),
      ("getAndUpdate", { agent in try await agent.getAndUpdate { _ in throw Boom() } }),
    ]
    try await withRuntime { runtime in
      for (name, use) in rows {
        let agent = try await Agent.start(in: runtime) { 0 }
        await #expect("\(name)") {
          try await use(agent)
        } throws: { "\(($0 as? CallError)?.exitReason ?? .normal)" == "error:boom@call" }
        #expect(agent.pid.map { runtime.isAlive($0) } == false)
      }
    }
  }

  @Test func `a start fails with what the first state's function throws`() async throws {
    try await withRuntime { runtime in
      await #expect(throws: StartError.failed(.custom("boom"))) {
        _ = try await Agent<Int>.start(in: runtime, name: "a") { throw ExitReason.custom("boom") }
      }
      let agent = try await Agent.start(in: runtime, name: "a") { 0 }
      let pid = try #require(agent.pid)
      await #expect(throws: StartError.alreadyStarted(pid)) {
        _ = try await Agent.start(in: runtime, name: "a") { 0 }
      }
      try await agent.stop()
    }
  }

  @Test func `a slow function is waited for no longer than said, and goes on`() async throws {
    try await withVirtualTime { runtime in
      let agent = try await Agent.start(in: runtime) { 0 }
      await #expect {
        try await agent.update(timeout: .seconds(1)) { state in
          try await runtime.sleep(for: .seconds(2))
          state = 7
        }
      } throws: { ($0 as? CallError)?.reason == .timeout }
      #expect(try await agent.get { $0 } == 7)
    }
  }

  @Test func `a linked agent shares its starter's fate`() async throws {
    await withRuntime { runtime in
      let agent = Locked<Agent<Int>?>(nil)
      await #expect(throws: CallError.self) {
        try await ProcessTask.run(in: runtime) { process in
          let started = try await Agent.startLinked(by: process) { 0 }
          agent.withLock { $0 = started }
          throw ExitReason.custom("boom")
        }
      }
      await runtime.settle()
      #expect(agent.withLock { $0?.pid }.map { runtime.isAlive($0) } == false)
    }
  }

  @Test func `stopping waits for the end`() async throws {
    try await withRuntime { runtime in
      let agent = try await Agent.start(in: runtime) { 0 }
      try await agent.stop(.shutdown)
      #expect(agent.pid.map { runtime.isAlive($0) } == false)
      await #expect {
        try await agent.stop()
      } throws: { ($0 as? CallError)?.exitReason == .callFailed(.stop, .noProcess) }
    }
  }
}
