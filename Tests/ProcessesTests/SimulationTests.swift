import Testing

@testable import Processes

@Suite struct SimulationTests {
  /// Three processes send one another's names to a fourth; in which order depends on the schedule.
  private func order(seed: UInt64) throws -> [Int] {
    try Simulation(seed: seed).run { runtime in
      let seen = Locked([Int]())
      let collector = runtime.spawn { process in
        while case .message(let number as Int) = try await process.receive() {
          seen.withLock { $0.append(number) }
        }
      }
      for number in 1...5 {
        runtime.spawn { process in
          process.send(collector, number)
          try await process.sleep(for: .milliseconds(number % 2))
          process.send(collector, 10 * number)
        }
      }
      await runtime.settle()
      return seen.withLock { $0 }
    }
  }

  @Test func `the same seed gives the same order`() throws {
    for seed in 0..<20 as Range<UInt64> {
      #expect(try order(seed: seed) == order(seed: seed))
    }
  }

  @Test func `different seeds give different orders`() throws {
    let orders = try Set((0..<50 as Range<UInt64>).map(order))
    #expect(orders.count > 25)
    #expect(orders.allSatisfy { $0.sorted() == [1, 2, 3, 4, 5, 10, 20, 30, 40, 50] })
  }

  @Test func `a seed's order is the same on every machine`() throws {
    var generator = SeededGenerator(seed: 1_234_567)
    let numbers = [generator.next(), generator.next()]
    #expect(numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973])
  }

  @Test func `a day's sleep takes no time`() throws {
    let (before, after) = try Simulation(seed: 1).run { runtime in
      let before = runtime.now
      try await runtime.sleep(for: .seconds(86_400))
      return (before, runtime.now)
    }
    #expect(before == .zero)
    #expect(after == .seconds(86_400))
  }

  @Test func `a pending timer alone moves no time`() throws {
    let (now, wasSent) = try Simulation(seed: 1).run { runtime in
      let received = Locked(false)
      let pid = runtime.spawn { process in
        _ = try await process.receive()
        received.withLock { $0 = true }
      }
      _ = runtime.send(pid, 1, after: .seconds(1))
      await runtime.settle()
      let early = received.withLock { $0 }
      try await runtime.sleep(for: .seconds(2))
      return (runtime.now, (early, received.withLock { $0 }))
    }
    #expect(now == .seconds(2))
    #expect(!wasSent.0)
    #expect(wasSent.1)
  }

  @Test func `settling waits for those who sleep`() throws {
    let now = try Simulation(seed: 1).run { runtime in
      runtime.spawn { process in try await process.sleep(for: .seconds(3)) }
      await runtime.settle()
      return runtime.now
    }
    #expect(now == .seconds(3))
  }

  @Test func `a wait for what never comes is an error`() {
    #expect(throws: SimulationError.standstill) {
      try Simulation(seed: 1).run { runtime in
        let pid = runtime.spawn { process in _ = try await process.receive() }
        _ = await runtime.waitForExit(of: pid)
      }
    }
  }

  @Test func `a process that awaits something foreign is named`() {
    #expect {
      try Simulation(seed: 1).run { runtime in
        runtime.spawn(label: "escapee") { _ in try await Task.sleep(for: .milliseconds(200)) }
        await runtime.settle()
      }
    } throws: { error in
      guard case SimulationError.foreignAwait(let processes) = error else { return false }
      return processes == ["escapee <0.1.0>"]
    }
  }

  @Test func `a body that awaits something foreign is told so`() {
    #expect(throws: SimulationError.foreignAwait([])) {
      try Simulation(seed: 1).run { _ in try await Task.sleep(for: .milliseconds(200)) }
    }
  }

  @Test func `messages without end are an error`() {
    var simulation = Simulation(seed: 1)
    simulation.stepLimit = 10_000
    #expect {
      try simulation.run { runtime in
        runtime.spawn(label: "mill") { process in
          while true {
            process.send(process.pid, 1)
            _ = try await process.receive()
          }
        }
        await runtime.settle()
      }
    } throws: { error in
      guard case SimulationError.endless(steps: 10_000, _) = error else { return false }
      return true
    }
  }

  @Test func `an error of the body comes out`() {
    #expect(throws: ExitReason.custom("boom")) {
      try Simulation(seed: 1).run { _ in throw ExitReason.custom("boom") }
    }
  }

  @Test func `child tasks of the body take part`() throws {
    let sum = try Simulation(seed: 3).run { runtime in
      async let one: Void = runtime.sleep(for: .seconds(1))
      async let two: Void = runtime.sleep(for: .seconds(2))
      _ = try await (one, two)
      return runtime.now
    }
    #expect(sum == .seconds(2))
  }
}

@Suite struct VirtualClockTests {
  @Test func `what is due happens in the order of deadlines, each with what follows from it`()
    async throws
  {
    let clock = VirtualClock()
    let runtime = Runtime(clock: clock)
    defer { runtime.shutdown() }
    let seen = Locked([String]())
    let pid = runtime.spawn { process in
      while case .message(let text as String) = try await process.receive() {
        seen.withLock { $0.append("\(text) at \(process.runtime.now)") }
        if text == "first" { _ = process.sendSelf("follows", after: .seconds(1)) }
      }
    }
    _ = runtime.send(pid, "last", after: .seconds(10))
    _ = runtime.send(pid, "third", after: .seconds(3))
    _ = runtime.send(pid, "first", after: .seconds(1))
    await clock.advance(by: .seconds(3))
    #expect(
      seen.withLock { $0 } == [
        "first at 1.0 seconds", "follows at 2.0 seconds", "third at 3.0 seconds",
      ])
    #expect(clock.now == .seconds(3))
  }

  @Test func `a sleep ends when its time has come, not before`() async {
    let clock = VirtualClock()
    let runtime = Runtime(clock: clock)
    defer { runtime.shutdown() }
    let pid = runtime.spawn { process in try await process.sleep(for: .seconds(5)) }
    await clock.advance(by: .milliseconds(4999))
    #expect(runtime.isAlive(pid))
    await clock.advance(by: .milliseconds(1))
    #expect(!runtime.isAlive(pid))
  }

  @Test func `an auto-advancing clock jumps while somebody sleeps or waits`() async throws {
    let runtime = Runtime(clock: VirtualClock(isAutoAdvancing: true))
    defer { runtime.shutdown() }
    let pid = runtime.spawn { process in try await process.sleep(for: .seconds(3600)) }
    await runtime.settle()
    #expect(!runtime.isAlive(pid))
    #expect(runtime.now == .seconds(3600))
    try await runtime.sleep(for: .seconds(3600))
    #expect(runtime.now == .seconds(7200))
  }

  /// Many times, since time jumps too early only when one child task sleeps before the other runs.
  @Test func `time does not jump while a sleeper's other child task is yet to run`() async throws {
    for _ in 1...100 {
      let runtime = Runtime(clock: VirtualClock(isAutoAdvancing: true))
      defer { runtime.shutdown() }
      runtime.spawn { process in
        let runtime = process.runtime
        async let one: Void = runtime.sleep(for: .seconds(1))
        async let two: Void = runtime.sleep(for: .seconds(2))
        _ = try await (one, two)
      }
      let hasSettled = await runtime.settle()
      #expect(hasSettled)
      #expect(runtime.now == .seconds(2))
    }
  }
}
