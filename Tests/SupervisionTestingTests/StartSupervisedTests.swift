import Supervision
import SupervisionTesting
import Testing

/// Tells when it starts and when it is stopped.
struct Witness: GenServer {
  enum Message: Sendable {
    case value(ReplyTo<String>)
  }

  let name: String
  let log: Locked<[String]>
  /// How long it takes to stop.
  var lingering = Duration.zero

  func initialize(_ process: ProcessContext) -> Initial {
    process.isTrappingExits = true
    log.withLock { $0.append("start \(name)") }
    return .ok
  }

  func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .value(let reply): reply(name)
    }
    return .receive
  }

  func terminate(_ reason: ExitReason, _ process: ProcessContext) async throws {
    if lingering > .zero { try await process.sleep(for: lingering) }
    log.withLock { $0.append("\(reason) \(name)") }
  }
}

@Suite(.supervised) struct StartSupervisedTests {
  @Test func `a server, an agent and a specification are started, and reached`() async throws {
    let log = Locked([String]())
    let witness = try await startSupervised(Witness.self) { _ in Witness(name: "a", log: log) }
    #expect(try await witness.call { .value($0) } == "a")

    let agent = try await startSupervised(Agent<Int>.self) { 1 }
    #expect(try await agent.get { $0 } == 1)

    let pid = try await startSupervised(DynamicSupervisor.childSpec(name: "buckets"))
    #expect(try testRuntime.whereis("buckets") == pid)
  }

  @Test func `a child with a name is reached after its restart, too`() async throws {
    let runtime = try testRuntime
    let log = Locked([String]())
    let witness = try await startSupervised(Witness.self, name: "w") { _ in
      Witness(name: "w", log: log)
    }
    let first = try #require(witness.pid)
    runtime.exit(first, .kill)
    await runtime.settle()
    #expect(witness.pid != first)
    #expect(try await witness.call { .value($0) } == "w")
    #expect(runtime.snapshot.last?.restarts == 1)
  }

  @Test func `an id is taken until its child is stopped`() async throws {
    let runtime = try testRuntime
    let agent = try await startSupervised(Agent<Int>.self) { 1 }
    await #expect(throws: StartError.alreadyPresent(id: "Agent", agent.pid)) {
      try await startSupervised(Agent<Int>.self) { 2 }
    }
    try await stopSupervised("Agent")
    #expect(agent.pid.map(runtime.isAlive) == false)
    _ = try await startSupervised(Agent<Int>.self, restart: .temporary) { 2 }
    try await stopSupervised("Agent")
    await #expect(throws: ChildError.notFound("Agent")) { try await stopSupervised("Agent") }
  }

  @Test func `nothing but what the test made is in its runtime`() async throws {
    #expect(try testRuntime.snapshot.isEmpty)
    await #expect(throws: ChildError.notFound("a")) { try await stopSupervised("a") }
  }

  @Test func `child tasks that begin at once share one supervisor`() async throws {
    let runtime = try testRuntime
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          _ = try await startSupervised(Agent<Int>.self, id: "\(number)") { number }
        }
      }
      try await group.waitForAll()
    }
    #expect(runtime.snapshot.count == 9)
    #expect(Set(runtime.snapshot.compactMap(\.supervisor)).count == 1)
  }

  @Test(arguments: 0..<4) func `each case of a test has a runtime of its own`(_ number: Int)
    async throws
  {
    _ = try await startSupervised(Agent<Int>.self, name: "the only") { number }
    #expect(try testRuntime.snapshot.count == 2)
  }
}

@Suite struct CleaningUpTests {
  private func witness(_ name: String, _ log: Locked<[String]>) -> ChildSpec {
    Witness.childSpec(id: name) { _ in Witness(name: name, log: log) }
  }

  private static let story = [
    "start a", "start b", "start c", "shutdown c", "shutdown b", "shutdown a",
  ]

  @Test func `children are stopped in reverse order, before the next test`() async throws {
    let log = Locked([String]())
    try await withRuntime { _ in
      for name in ["a", "b", "c"] { try await startSupervised(witness(name, log)) }
    }
    #expect(log.withLock { $0 } == Self.story)
  }

  @Test func `children are stopped after a test that throws, too`() async throws {
    let log = Locked([String]())
    await #expect(throws: ExitReason.custom("boom")) {
      try await withRuntime { runtime in
        for name in ["a", "b", "c"] { try await startSupervised(witness(name, log)) }
        runtime.spawn { process in _ = try await process.receive() }
        throw ExitReason.custom("boom")
      }
    }
    #expect(log.withLock { $0 } == Self.story)
  }

  @Test func `children are stopped under every schedule`() async throws {
    try await simulate(seeds: 0..<20, leaks: .reported) { runtime in
      let log = Locked([String]())
      for name in ["a", "b"] { try await startSupervised(witness(name, log)) }
      try await stopSupervised("b")
      #expect(log.withLock { $0.last } == "shutdown b")
    }
  }

  @Test func `a test whose child hangs goes on when the child's time is up`() async throws {
    let log = Locked([String]())
    try await withRuntime(Runtime(clock: VirtualClock(isAutoAdvancing: true))) { runtime in
      _ = try await startSupervised(Witness.self) { _ in
        Witness(name: "a", log: log, lingering: .seconds(3600))
      }
    }
    #expect(log.withLock { $0 } == ["start a"])
  }

  @Test func `outside a test there is nothing to start for`() async throws {
    await #expect(throws: OutsideTest.self) { try await startSupervised(Agent<Int>.self) { 1 } }
    #expect(throws: OutsideTest.self) { try testRuntime.now }
  }

  @Test func `the innermost runtime is the test's`() async throws {
    try await withRuntime { outer in
      try await withRuntime { inner in
        let current = try testRuntime
        #expect(current === inner)
      }
      let current = try testRuntime
      #expect(current === outer)
    }
  }
}
