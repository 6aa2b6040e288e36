import Supervision
import SupervisionTesting
import Testing

/// A server that tells others what happens to it.
struct Probe: GenServer {
  enum Message: Sendable {
    case hang(Duration)
    case stop(ExitReason)
    case callSelf(ReplyTo<ExitReason?>)
  }

  let id: String
  let log: Locked<[String]>
  var traps = true

  mutating func initialize(_ process: ProcessContext) -> Initial {
    process.isTrappingExits = traps
    log.withLock { $0.append("start \(id)") }
    return .ok
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    switch message {
    case .hang(let duration):
      try await process.sleep(for: duration)
    case .stop(let reason):
      return .stop(reason)
    case .callSelf(let reply):
      let me = ServerRef<Message>(process.runtime, pid: process.pid)
      do {
        let _: ExitReason? = try await me.call { .callSelf($0) }
      } catch let error as CallError {
        reply(error.exitReason)
      }
    }
    return .receive
  }

  mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) {
    log.withLock { $0.append("terminate \(id) \(reason)") }
  }
}

@Suite struct SupervisorTests {
  private func probe(
    _ id: String, _ log: Locked<[String]>, restart: ChildSpec.Restart = .permanent,
    shutdown: ChildSpec.Shutdown? = nil
  ) -> ChildSpec {
    Probe.childSpec(id: id, name: id, restart: restart, shutdown: shutdown) { _ in
      Probe(id: id, log: log)
    }
  }

  @Test func `children start in order and stop in reverse`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let supervisor = try await Supervisor.start(
        in: runtime, children: [probe("a", log), probe("b", log)])
      try await supervisor.stop()
      #expect(
        log.withLock { $0 } == [
          "start a", "start b", "terminate b shutdown", "terminate a shutdown",
        ])
      #expect(runtime.registeredNames.isEmpty)
    }
  }

  @Test func `rest for one stops and restarts what was started after the failed child`()
    async throws
  {
    try await withRuntime { runtime in
      let log = Locked([String]())
      _ = try await startSupervised(
        Supervisor.self, children: [probe("a", log), probe("b", log), probe("c", log)],
        .init(strategy: .restForOne))
      let first = try #require(runtime.whereis("a"))
      log.withLock { $0 = [] }
      runtime.exit(try #require(runtime.whereis("b")), .kill)
      await runtime.settle()
      #expect(log.withLock { $0 } == ["terminate c shutdown", "start b", "start c"])
      #expect(runtime.whereis("a") == first)
    }
  }

  @Test func `children that died together with the failed one are one failure`() async throws {
    // One worker, so that all are dead before the supervisor hears of the first.
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let log = Locked([String]())
    let children = (0..<100).map { number in probe("\(number)", log) }
    let supervisor = try await Supervisor.start(
      in: runtime, children: children, .init(strategy: .oneForAll, maxRestarts: 1))
    let before = runtime.registeredNames.map(\.pid)
    runtime.spawn { process in
      for pid in before { process.exit(pid, .kill) }
    }
    await runtime.settle()
    let after = runtime.registeredNames.map(\.pid)
    #expect(after.count == 100)
    #expect(Set(after).isDisjoint(with: before))
    #expect(try await supervisor.countChildren().active == 100)
  }

  @Test func `the event of a restart names a hundred siblings and counts all`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let children = (0..<150).map { number in probe("\(number)", log) }
      _ = try await startSupervised(
        Supervisor.self, children: children, .init(strategy: .oneForAll))
      runtime.exit(try #require(runtime.whereis("149")), .kill)
      await runtime.settle()
      let notes = runtime.events.recent().compactMap { event in
        if case .note(SupervisionNote.restarting(let restart)) = event.kind { restart } else { nil }
      }
      let restart = try #require(notes.last)
      #expect(restart.stoppingCount == 149)
      #expect(restart.stopping.map(\.id) == (49...148).reversed().map { "\($0)" })
    }
  }

  @Test func `a child that doesn't stop in time is killed`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let supervisor = try await Supervisor.start(
        in: runtime, children: [probe("a", log, shutdown: .after(.milliseconds(20)))])
      ServerRef<Probe.Message>(runtime, name: "a").cast(.hang(.seconds(3600)))
      let pid = try #require(runtime.whereis("a"))
      try await supervisor.stop()
      #expect(!runtime.isAlive(pid))
      #expect(log.withLock { $0 } == ["start a"])
    }
  }

  @Test func `a specification that makes no sense is refused before its id is looked for`()
    async throws
  {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let supervisor = try await startSupervised(Supervisor.self, children: [probe("a", log)])
      let error = await #expect(throws: StartError.self) {
        try await supervisor.startChild(probe("a", log).with(isSignificant: true))
      }
      #expect(
        error?.exitReason.description
          == "start_spec:bad_combination:auto_shutdown=never,significant=true"
          || error?.exitReason.description
            == "bad_combination:auto_shutdown=never,significant=true"
      )
    }
  }

  @Test func `transient children come back only after a failure`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let supervisor = try await startSupervised(
        Supervisor.self, children: [probe("a", log, restart: .transient)])
      let server = ServerRef<Probe.Message>(runtime, name: "a")
      server.cast(.stop(.custom("oops")))
      await runtime.settle()
      #expect(runtime.whereis("a") != nil)
      server.cast(.stop(.normal))
      await runtime.settle()
      #expect(runtime.whereis("a") == nil)
      #expect(try await supervisor.countChildren().specs == 1)
      _ = try await supervisor.restartChild("a")
      #expect(runtime.whereis("a") != nil)
    }
  }

  @Test func `a dynamic supervisor has no more children than it may have`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let supervisor = try await startSupervised(DynamicSupervisor.self, .init(maxChildren: 1))
      let pid = try await supervisor.startChild(probe("a", log))
      await #expect(throws: StartError.limitReached(1)) {
        try await supervisor.startChild(probe("b", log))
      }
      try await supervisor.terminateChild(pid)
      await #expect(throws: ChildError.notFound(pid.description)) {
        try await supervisor.terminateChild(pid)
      }
      _ = try await supervisor.startChild(probe("b", log))
    }
  }

  /// As one does that takes "already started" for success.
  @Test func `a start function may return a child that there is`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let supervisor = try await startSupervised(DynamicSupervisor.self)
      let first = try await supervisor.startChild(probe("a", log))
      let again = ChildSpec(id: "again", restart: .temporary) { _ in first }
      #expect(try await supervisor.startChild(again) == first)
      #expect(try await supervisor.whichChildren().count == 1)
      try await supervisor.terminateChild(first)
      #expect(try await supervisor.whichChildren().isEmpty)
    }
  }
}

@Suite struct CallTests {
  @Test func `calls tell why there is no answer`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let server = try await Probe.start(in: runtime) { _ in Probe(id: "a", log: log) }
      let own: ExitReason? = try await server.call { .callSelf($0) }
      #expect(own == .callFailed(.call, .callingSelf))

      server.cast(.hang(.milliseconds(200)))
      await #expect {
        let _: ExitReason? = try await server.call(timeout: .milliseconds(5)) { .callSelf($0) }
      } throws: { ($0 as? CallError)?.reason == .timeout }

      try await server.stop(.shutdown)
      await #expect {
        let _: ExitReason? = try await server.call { .callSelf($0) }
      } throws: { ($0 as? CallError)?.reason == .noProcess }
      #expect(log.withLock { $0.last } == "terminate a shutdown")
    }
  }

  @Test func `a call ends with the server's reason`() async throws {
    try await withRuntime { runtime in
      let agent = try await Agent.start(in: runtime) { 0 }
      await #expect {
        try await agent.update { _ in throw ExitReason.custom("boom") }
      } throws: { ($0 as? CallError)?.reason == .custom("boom") }
    }
  }

  @Test func `an agent gets, updates and casts`() async throws {
    try await withRuntime { runtime in
      let agent = try await Agent.start(in: runtime) { 1 }
      try await agent.update { $0 += 1 }
      agent.cast { $0 *= 10 }
      let changed = try await agent.getAndUpdate { value in
        value += 1
        return value
      }
      #expect(changed == 21)
      #expect(try await agent.get { $0 } == 21)
      try await agent.stop()
    }
  }
}
