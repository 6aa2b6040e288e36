import Supervision
import SupervisionTesting
import Testing

/// Keeps pairs, and says what it did.
private struct Shelf: GenServer {
  enum Message: Sendable {
    case put(String, String)
    case get(String, ReplyTo<String?>)
    case answerLater(ReplyTo<Int>)
    case proceed
    case proceeded
    case wait(Duration)
    case trap(Bool, ReplyTo<Void>)
  }

  var pairs: [String: String] = [:]
  var done: [String] = []
  let log: Locked<[String]>

  init(log: Locked<[String]> = Locked([])) { self.log = log }

  mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    switch message {
    case .put(let key, let value):
      pairs[key] = value
      done.append("put \(key)")
    case .get(let key, let reply): reply(pairs[key])
    case .answerLater(let reply):
      async let answer: Void = reply(1)
      await answer
    case .proceed: return .continue(with: .proceeded)
    case .proceeded: done.append("proceeded")
    case .wait(let limit): return .receive(within: limit)
    case .trap(let traps, let reply):
      process.isTrappingExits = traps
      reply()
    }
    return .receive
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    if case .timeout = info {
      done.append("timeout")
      log.withLock { $0.append("timeout at \(process.runtime.now)") }
    }
    return .receive
  }

  mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) {
    log.withLock { $0.append("terminate \(reason)") }
  }

  static func formatStatus(_ part: StatusPart<Shelf>) -> String {
    switch part {
    case .state(let shelf): "\(shelf.pairs.count) pairs"
    case .message(.put(let key, _)): "put(\(key), …)"
    case .reply: "…"
    default: part.description
    }
  }
}

private func reason(_ body: () async throws -> some Sendable) async -> ExitReason? {
  do {
    _ = try await body()
    return nil
  } catch let error as CallError {
    return error.reason
  } catch {
    return ExitReason(escaping: error)
  }
}

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

@Suite struct SuspensionTests {
  @Test func `messages to a suspended server wait in their order`() async throws {
    try await withRuntime { runtime in
      let shelf = try await Shelf.start(in: runtime) { _ in Shelf() }
      let pid = try #require(shelf.pid)
      try await shelf.sys.suspend()
      try await shelf.sys.suspend()
      for key in ["a", "b", "c"] { shelf.cast(.put(key, "1")) }
      await runtime.settle()
      #expect(runtime.snapshot(of: pid)?.status == .suspended)
      #expect(runtime.snapshot(of: pid)?.mailboxLength == 3)
      #expect(try await shelf.sys.state(as: Shelf.self) { $0.done } == [])
      let status = try await shelf.sys.status()
      #expect(status.activity == .suspended)
      #expect(status.mailboxLength == 3)

      try await shelf.sys.resume()
      #expect(try await shelf.sys.status().activity == .running)
      let done = try await shelf.sys.state(as: Shelf.self) { $0.done }
      #expect(done == ["put a", "put b", "put c"])
      await runtime.settle()
      #expect(runtime.snapshot(of: pid)?.status == .idle)
      try await shelf.sys.resume()
      try await shelf.stop()
    }
  }

  @Test func `a call to a suspended server times out, and is handled later all the same`()
    async throws
  {
    let clock = VirtualClock(isAutoAdvancing: true)
    let runtime = Runtime(clock: clock)
    defer { runtime.shutdown() }
    let shelf = try await Shelf.start(in: runtime) { _ in Shelf() }
    try await shelf.sys.suspend()
    let why = await reason { () -> String? in try await shelf.call { .get("a", $0) } }
    #expect(why == .timeout)
    #expect(clock.now == .seconds(5))
    let received = Locked([DebugEvent]())
    try await shelf.sys.trace { event in received.withLock { $0.append(event) } }
    try await shelf.sys.resume()
    await runtime.settle()
    #expect(received.withLock { $0.count } == 3)
  }

  @Test func `a suspended server can be stopped, and cleans up`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let shelf = try await Shelf.start(in: runtime) { _ in Shelf(log: log) }
      try await shelf.sys.suspend()
      shelf.cast(.put("a", "1"))
      try await shelf.stop(.shutdown)
      #expect(log.withLock { $0 } == ["terminate shutdown"])
    }
  }

  @Test func `a suspended server that fails, fails as any other`() async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let shelf = try await Shelf.start(in: runtime) { _ in Shelf(log: log) }
      try await shelf.sys.suspend()
      runtime.crash(try #require(shelf.pid), "boom")
      await runtime.settle()
      #expect(log.withLock { $0 } == ["terminate error:boom"])
    }
  }

  @Test(arguments: [true, false])
  func `a supervisor's shutdown ends a suspended child`(trapping: Bool) async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let spec = Shelf.childSpec(name: "shelf") { process in
        process.isTrappingExits = trapping
        return Shelf(log: log)
      }
      let supervisor = try await Supervisor.start(in: runtime, children: [spec])
      try await runtime.sys(name: "shelf").suspend()
      try await supervisor.terminateChild("shelf")
      #expect(runtime.whereis("shelf") == nil)
      #expect(log.withLock { $0 } == (trapping ? ["terminate shutdown"] : []))
      try await supervisor.stop()
    }
  }

  @Test func `a stranger's exit signal waits when trapped, and kill does not`() async throws {
    try await withRuntime { runtime in
      let shelf = try await Shelf.start(in: runtime) { _ in Shelf() }
      let pid = try #require(shelf.pid)
      try await shelf.call { .trap(true, $0) }
      try await shelf.sys.suspend()
      runtime.exit(pid, .custom("other"))
      await runtime.settle()
      #expect(runtime.snapshot(of: pid)?.mailboxLength == 1)
      runtime.exit(pid, .kill)
      await runtime.settle()
      #expect(!runtime.isAlive(pid))
    }
  }

  @Test func `a suspended supervisor restarts when it is resumed`() async throws {
    try await withRuntime { runtime in
      let supervisor = try await Supervisor.start(
        in: runtime, children: [Counter.childSpec(name: "counter") { _ in Counter() }])
      let first = try #require(runtime.whereis("counter"))
      try await supervisor.sys.suspend()
      runtime.exit(first, .kill)
      await runtime.settle()
      #expect(runtime.whereis("counter") == nil)
      try await supervisor.sys.resume()
      await runtime.settle()
      let second = try #require(runtime.whereis("counter"))
      #expect(second != first)
      #expect(
        try await supervisor.sys.status().state == "one_for_one, 1 child: counter \(second)")
      try await supervisor.stop()
    }
  }

  @Test func `a system message, and a suspension, begin a wait anew`() async throws {
    let clock = VirtualClock()
    let runtime = Runtime(clock: clock)
    defer { runtime.shutdown() }
    let log = Locked([String]())
    let shelf = try await Shelf.start(in: runtime) { _ in Shelf(log: log) }
    shelf.cast(.wait(.seconds(3)))
    await clock.advance(by: .seconds(2))
    _ = try await shelf.sys.status()
    await clock.advance(by: .seconds(2))
    #expect(log.withLock { $0 } == [])
    await clock.advance(by: .seconds(1))
    #expect(log.withLock { $0 } == ["timeout at 5.0 seconds"])

    shelf.cast(.wait(.seconds(3)))
    await clock.advance(by: .seconds(2))
    try await shelf.sys.suspend()
    await clock.advance(by: .seconds(10))
    try await shelf.sys.resume()
    await clock.advance(by: .seconds(10))
    #expect(log.withLock { $0 }.last == "timeout at 20.0 seconds")
    #expect(log.withLock { $0 }.count == 2)
  }

  @Test func `suspending and resuming are events, and causes of what follows`() async throws {
    try await withRuntime { runtime in
      let shelf = try await Shelf.start(in: runtime) { _ in Shelf() }
      try await shelf.sys.suspend()
      try await shelf.sys.suspend()
      try await shelf.sys.resume()
      try await shelf.stop()
      let notes = runtime.events.recent().compactMap { event -> String? in
        if case .note(let note) = event.kind { note.eventName } else { nil }
      }
      #expect(notes == ["suspended", "resumed"])
    }
  }

  @Test func `whatever the schedule, no message is lost or overtaken by a suspension`()
    async throws
  {
    try await simulate(seeds: 0..<60) { runtime in
      let shelf = try await Shelf.start(in: runtime) { _ in Shelf() }
      runtime.spawn { process in
        for key in 0..<20 {
          shelf.cast(.put("\(key)", ""))
          if key % 3 == 0 { try await process.sleep(for: .milliseconds(1)) }
        }
      }
      for _ in 0..<2 {
        runtime.spawn { process in
          for _ in 0..<4 {
            try await shelf.sys.suspend()
            try await process.sleep(for: .milliseconds(1))
            try await shelf.sys.resume()
          }
        }
      }
      await runtime.settle()
      let done = try await shelf.sys.state(as: Shelf.self) { $0.done }
      #expect(done == (0..<20).map { "put \($0)" })
    }
  }
}

@Suite struct StatusTests {
  @Test func `a status shows what the server's type lets people see`() async throws {
    try await withRuntime { runtime in
      let supervisor = try await Supervisor.start(
        in: runtime,
        children: [Shelf.childSpec(name: "shelf", label: "a shelf") { _ in Shelf() }])
      ServerRef<Shelf.Message>(runtime, name: "shelf").cast(.put("secret", "word"))
      let status = try await runtime.sys(name: "shelf").status()
      #expect(status.state == "1 pairs")
      #expect(status.name == "shelf")
      #expect(status.label == "a shelf")
      #expect(status.role == "Shelf")
      #expect(status.activity == .running)
      #expect(status.parent == supervisor.pid)
      #expect(status.sinks.isEmpty)
      #expect(!status.description.contains("word"))
      try await supervisor.stop()
    }
  }

  @Test func `supervisors show their children`() async throws {
    try await withRuntime { runtime in
      let dynamic = try await DynamicSupervisor.start(in: runtime)
      #expect(try await dynamic.sys.status().state == "one_for_one, no children")
      var pids: [PID] = []
      for _ in 0..<22 {
        pids.append(try await dynamic.startChild(Counter.childSpec { _ in Counter() }))
      }
      let shown = pids.prefix(20).map(\.description).joined(separator: ", ")
      let state = try await dynamic.sys.status().state
      #expect(state == "one_for_one, 22 children: \(shown) and 2 more")
      try await dynamic.stop()
    }
  }
}

@Suite struct TraceTests {
  private func shelf(
    _ runtime: Runtime, _ body: (ServerRef<Shelf.Message>, Locked<[String]>) async throws -> Void
  ) async throws {
    let shelf = try await Shelf.start(in: runtime, name: "shelf") { _ in Shelf() }
    let lines = Locked([String]())
    try await body(shelf, lines)
    try await shelf.stop()
  }

  @Test func `a trace tells what comes in, what goes out and the state, as people may see them`()
    async throws
  {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, lines in
        try await shelf.sys.trace { event in lines.withLock { $0.append("\(event)") } }
        shelf.cast(.put("a", "secret"))
        _ = try await shelf.call { .get("a", $0) }
        shelf.cast(.proceed)
        runtime.send(try #require(shelf.pid), "hello")
        _ = try await shelf.sys.status()
        let who = "*DBG* shelf \(try #require(shelf.pid))"
        #expect(
          lines.withLock { $0 } == [
            "\(who) got put(a, …)", "\(who) new state 1 pairs",
            "\(who) got get(\"a\", ReplyTo<Optional<String>>)", "\(who) answered …",
            "\(who) new state 1 pairs",
            "\(who) got proceed", "\(who) new state 1 pairs", "\(who) continues with proceeded",
            "\(who) new state 1 pairs",
            "\(who) got message(\"hello\")", "\(who) new state 1 pairs",
          ])
      }
    }
  }

  @Test func `answers of a handler's child tasks are told, too`() async throws {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, lines in
        try await shelf.sys.trace { event in
          if case .replied(let reply) = event.kind { lines.withLock { $0.append("\(reply)") } }
        }
        _ = try await shelf.call { .answerLater($0) }
        _ = try await shelf.sys.status()
        #expect(lines.withLock { $0 } == ["1"])
      }
    }
  }

  @Test func `a sink takes as many events as it was limited to`() async throws {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, lines in
        try await shelf.sys.install("few", limit: 3) { event in lines.withLock { $0.append("few") }
        }
        try await shelf.sys.install("all") { event in lines.withLock { $0.append("all") } }
        #expect(try await shelf.sys.status().sinks == ["few", "all"])
        shelf.cast(.put("a", ""))
        shelf.cast(.put("b", ""))
        #expect(try await shelf.sys.status().sinks == ["all"])
        #expect(lines.withLock { $0 } == ["few", "all", "few", "all", "few", "all", "all"])
      }
    }
  }

  @Test func `the older of two sinks of one name stays, and can be removed once`() async throws {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, lines in
        #expect(try await shelf.sys.trace { _ in lines.withLock { $0.append("old") } })
        #expect(try await !shelf.sys.trace { _ in lines.withLock { $0.append("new") } })
        shelf.cast(.put("a", ""))
        #expect(try await shelf.sys.stopTracing())
        #expect(try await !shelf.sys.stopTracing())
        shelf.cast(.put("b", ""))
        _ = try await shelf.sys.status()
        #expect(lines.withLock { $0 } == ["old", "old"])
      }
    }
  }

  @Test func `a sink that throws is removed, and the server goes on`() async throws {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, lines in
        try await shelf.sys.trace { _ in
          lines.withLock { $0.append("once") }
          throw ExitReason.normal
        }
        shelf.cast(.put("a", ""))
        #expect(try await shelf.sys.status().sinks == [])
        #expect(lines.withLock { $0 } == ["once"])
      }
    }
  }

  @Test func `a log keeps the newest events, also in the status`() async throws {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, _ in
        #expect(try await shelf.sys.log().isEmpty)
        try await shelf.sys.startLogging(limit: 2)
        for key in ["a", "b"] { shelf.cast(.put(key, "")) }
        #expect(try await shelf.sys.log().map(\.text) == ["put(b, …)", "2 pairs"])
        #expect(try await shelf.sys.status().log.count == 2)
        try await shelf.sys.stopLogging()
        #expect(try await shelf.sys.log().isEmpty)
      }
    }
  }

  @Test func `statistics count messages from their start on, and starting twice changes nothing`()
    async throws
  {
    let clock = VirtualClock()
    let runtime = Runtime(clock: clock)
    defer { runtime.shutdown() }
    try await shelf(runtime) { shelf, _ in
      #expect(try await shelf.sys.statistics() == nil)
      await clock.advance(by: .seconds(1))
      try await shelf.sys.startStatistics()
      shelf.cast(.put("a", ""))
      _ = try await shelf.call { .get("a", $0) }
      runtime.send(try #require(shelf.pid), "hello")
      try await shelf.sys.startStatistics()
      await clock.advance(by: .seconds(2))
      let statistics = try #require(try await shelf.sys.statistics())
      #expect(statistics.startTime == .seconds(1))
      #expect(statistics.currentTime == .seconds(3))
      #expect(statistics.messagesIn == 3)
      #expect(statistics.messagesOut == 1)
      try await shelf.sys.stopDebugging()
      #expect(try await shelf.sys.statistics() == nil)
    }
  }
}
