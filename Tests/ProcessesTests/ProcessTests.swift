import Testing

@testable import Processes

/// Links, monitors, names and death, between free-form processes.
@Suite struct ProcessTests {
  private func withRuntime(_ body: (Runtime) async throws -> Void) async rethrows {
    let runtime = Runtime(workers: 2)
    defer { runtime.shutdown() }
    try await body(runtime)
  }

  private func idle(_ process: ProcessContext) async throws {
    while true { _ = try await process.receive() }
  }

  @Test func `messages of one sender arrive in order`() async {
    await withRuntime { runtime in
      let got = Locked([Int]())
      let pid = runtime.spawn { process in
        while case .message(let number as Int) = try await process.receive() {
          got.withLock { $0.append(number) }
        }
      }
      for number in 0..<1000 { runtime.send(pid, number) }
      await runtime.settle()
      #expect(got.withLock { $0 } == Array(0..<1000))
    }
  }

  @Test func `a link takes the other along, but not after normal`() async {
    await withRuntime { runtime in
      let child = Locked<PID?>(nil)
      let parent = runtime.spawn { process in
        let pid = process.spawnLinked { process in
          while true { _ = try await process.receive() }
        }
        child.withLock { $0 = pid }
        while true { _ = try await process.receive() }
      }
      await runtime.settle()
      let pid = child.withLock { $0 }
      runtime.exit(parent, .normal)
      #expect(runtime.isAlive(parent))
      runtime.exit(parent, .custom("boom"))
      await runtime.settle()
      #expect(!runtime.isAlive(parent))
      #expect(pid.map { runtime.isAlive($0) } == false)
    }
  }

  @Test func `a process that traps exits gets them as messages, and kill all the same`() async {
    await withRuntime { runtime in
      let got = Locked([Exit]())
      let pid = runtime.spawn { process in
        process.isTrappingExits = true
        while case .exit(let exit) = try await process.receive() {
          got.withLock { $0.append(exit) }
        }
      }
      await runtime.settle()
      runtime.exit(pid, .custom("boom"))
      await runtime.settle()
      #expect(got.withLock { $0 } == [Exit(sender: nil, reason: .custom("boom"))])
      runtime.exit(pid, .kill)
      #expect(!runtime.isAlive(pid))
    }
  }

  @Test func `each monitor fires once, and none after demonitor`() async {
    await withRuntime { runtime in
      let target = runtime.spawn { process in
        while true { _ = try await process.receive() }
      }
      let downs = Locked([ExitReason]())
      runtime.spawn { process in
        _ = process.monitor(target)
        _ = process.monitor(target)
        let gone = process.monitor(target)
        #expect(process.demonitor(gone))
        while case .down(let down) = try await process.receive() {
          downs.withLock { $0.append(down.reason) }
        }
      }
      await runtime.settle()
      runtime.crash(target, "boom")
      await runtime.settle()
      #expect(downs.withLock { $0.map(\.description) } == ["error:boom", "error:boom"])
    }
  }

  @Test func `a name goes with its process and is free at once`() async throws {
    try await withRuntime { runtime in
      let first = runtime.spawn { try await idle($0) }
      let second = runtime.spawn { try await idle($0) }
      try runtime.register("me", first)
      #expect(throws: RegistrationError.nameTaken("me", by: first)) {
        try runtime.register("me", second)
      }
      runtime.exit(first, .kill)
      #expect(runtime.whereis("me") == nil)
      try runtime.register("me", second)
      #expect(runtime.whereis("me") == second)
    }
  }

  @Test func `a zombie sends nothing`() async {
    await withRuntime { runtime in
      let got = Locked(0)
      let receiver = runtime.spawn { process in
        while true {
          _ = try await process.receive()
          got.withLock { $0 += 1 }
        }
      }
      let (entered, release) = (Locked(false), Locked(false))
      let zombie = runtime.spawn { process in
        entered.withLock { $0 = true }
        while !release.withLock({ $0 }) {}
        process.send(receiver, "from the grave")
      }
      while !entered.withLock({ $0 }) { await _Concurrency.Task.yield() }
      runtime.exit(zombie, .kill)
      #expect(!runtime.isAlive(zombie))
      #expect(runtime.snapshot.contains { $0.pid == zombie && $0.status == .zombie })
      release.withLock { $0 = true }
      await runtime.settle()
      #expect(got.withLock { $0 } == 0)
    }
  }

  @Test func `timers send later, unless cancelled`() async {
    await withRuntime { runtime in
      let got = Locked([String]())
      let pid = runtime.spawn { process in
        let late = process.sendSelf("late", after: .seconds(3600))
        _ = process.sendSelf("soon", after: .milliseconds(1))
        guard case .message(let text as String) = try await process.receive() else { return }
        got.withLock { $0.append(text) }
        #expect(process.runtime.cancel(late) != nil)
      }
      #expect(await runtime.waitForExit(of: pid) ?? .noProcess != .killed)
      #expect(got.withLock { $0 } == ["soon"])
    }
  }
}

@Suite struct TimerQueueTests {
  @Test func `timers come due by deadline, then in the order they were set`() {
    var queue = TimerQueue<String>()
    _ = queue.insert(deadline: 20, "c")
    let cancelled = queue.insert(deadline: 5, "x")
    _ = queue.insert(deadline: 10, "a")
    _ = queue.insert(deadline: 10, "b")
    let result1 = queue.remove(cancelled)?.action
    #expect(result1 == "x")
    let result2 = queue.remove(cancelled)
    #expect(result2 == nil)
    let result3 = queue.popDue(at: 9)
    #expect(result3 == nil)
    let result4 = queue.popDue(at: 30)
    #expect(result4 == "a")
    let result5 = queue.popDue(at: 30)
    #expect(result5 == "b")
    let result6 = queue.popDue(at: 30)
    #expect(result6 == "c")
    #expect(queue.count == 0)
  }

  @Test func `a process that has ended itself gives and takes no names`() async throws {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let other = runtime.spawn { process in _ = try await process.receive() }
    try runtime.register("kept", other)
    runtime.spawn { process in
      process.exit(process.pid, .custom("boom"))
      #expect(throws: RegistrationError.notAlive(process.pid)) {
        try process.runtime.register("new", other)
      }
      #expect(!process.runtime.unregister("kept"))
    }
    await runtime.settle()
    #expect(runtime.whereis("new") == nil)
    #expect(runtime.whereis("kept") == other)
  }
}
