import Testing

@testable import Processes

/// The limits of waits.
@Suite struct TimeoutWheelTests {
  private let runtime = Runtime(workers: 1)
  private let wheel = TimeoutWheel()

  private func waiter() -> Waiter { Waiter(runtime, owner: nil, purpose: .answer) }

  @Test func `a wait is over at its deadline, not before, however far that is`() throws {
    defer { runtime.shutdown() }
    // Within a slot, within a turn of the wheel, and beyond several.
    let durations: [Duration] = [.milliseconds(100), .seconds(5), .seconds(30), .seconds(600)]
    var deadlines: [(Int64, Waiter)] = []
    for duration in durations {
      let waiter = waiter()
      #expect(wheel.add(waiter, duration) != nil)
      deadlines.append((waiter.deadline, waiter))
    }
    let slot = Int64(1) << 23
    for (deadline, waiter) in deadlines {
      // As often as the timers' thread would look.
      while let moment = wheel.nextMoment, moment <= deadline {
        #expect(wheel.claimDue(at: moment).isEmpty)
      }
      #expect(wheel.claimDue(at: deadline - 1).isEmpty)
      let due = wheel.claimDue(at: deadline + slot)
      #expect(due.count == 1 && due.first === waiter)
    }
    #expect(wheel.nextMoment == nil)
  }

  @Test func `who leaves is not looked at, whoever shares the slot`() {
    defer { runtime.shutdown() }
    let waiters = (0..<5).map { _ in waiter() }
    for waiter in waiters { _ = wheel.add(waiter, .seconds(1)) }
    for index in [0, 4, 2] { wheel.remove(waiters[index]) }
    wheel.remove(waiters[0])
    let due = wheel.claimDue(at: waiters[1].deadline + 1 << 24)
    let left = [waiters[1], waiters[3]]
    #expect(Set(due.map(ObjectIdentifier.init)) == Set(left.map(ObjectIdentifier.init)))
    #expect(wheel.nextMoment == nil)
  }

  @Test func `a wait that is over already is nobody's to end`() {
    defer { runtime.shutdown() }
    let waiter = waiter()
    _ = wheel.add(waiter, .seconds(1))
    #expect(waiter.claim())
    #expect(wheel.claimDue(at: .max - 1 << 24).isEmpty)
    #expect(wheel.nextMoment == nil)
  }

  @Test func `short waits are for a finer clock`() {
    defer { runtime.shutdown() }
    #expect(wheel.add(waiter(), .milliseconds(99)) == nil)
    #expect(wheel.add(waiter(), .zero - .seconds(1)) == nil)
    #expect(wheel.nextMoment == nil)
  }
}
