import Supervision
import SupervisionTesting
import Testing

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

  /// As Erlang/OTP 25 does: tried there with `sys:suspend`, `gen_server:stop` and `exit(_, kill)`.
  @Test(arguments: [false, true])
  func `a suspended supervisor stops its children in order when its own supervisor ends`(
    isKilled: Bool
  ) async throws {
    try await withRuntime { runtime in
      let log = Locked([String]())
      let shelf = Shelf.childSpec(name: "shelf") { process in
        process.isTrappingExits = true
        return Shelf(log: log)
      }
      let top = try await Supervisor.start(
        in: runtime, children: [Supervisor.childSpec(name: "middle", children: [shelf])])
      let middle = try #require(runtime.whereis("middle"))
      try await runtime.sys(name: "middle").suspend()
      let end = Locked<ExitReason?>(nil)
      let watcher = runtime.spawn { process in
        _ = process.monitor(middle)
        let down = try await process.receive { if case .down(let down) = $0 { down } else { nil } }
        end.withLock { $0 = down?.reason }
      }
      await runtime.settle()
      if isKilled {
        runtime.exit(try #require(top.pid), .kill)
      } else {
        try await top.stop(.shutdown)
      }
      _ = await runtime.waitForExit(of: watcher)
      #expect(end.withLock { $0 } == (isKilled ? .killed : .shutdown))
      #expect(log.withLock { $0 } == ["terminate shutdown"])
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
