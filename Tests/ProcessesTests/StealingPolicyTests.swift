import Testing

@testable import Processes

/// When a worker takes work from others: a policy that is told the time, so it is tested without any.
@Suite struct StealingPolicyTests {
  /// Asks each microsecond; so much is done in one, by all workers, while this one steals and while it
  /// rests.
  private struct Load {
    var policy = StealingPolicy()
    var now: Int64 = 5_000_000
    var done: Double = 0

    /// - Returns: Whether it stole, microsecond for microsecond.
    mutating func run(microseconds: Int, stealing: Double, resting: Double) -> [Bool] {
      (0..<microseconds).map { _ in
        let steals = policy.allowsStealing(at: now, done: UInt64(done))
        done += steals ? stealing : resting
        now += 1000
        return steals
      }
    }
  }

  @Test func `in a short burst it steals`() {
    var load = Load()
    for _ in 0..<10 {
      let stole = load.run(microseconds: 99, stealing: 1, resting: 100)
      #expect(stole.allSatisfy { $0 })
      load.now += 3_000_000
    }
  }

  @Test func `where stealing gets more done, it goes on, but for a moment now and then`() {
    var load = Load()
    let stole = load.run(microseconds: 100_000, stealing: 20, resting: 10)
    let share = Double(stole.count { $0 }) / Double(stole.count)
    #expect(share > 0.99, "it stole \(share) of the time")
    #expect(share < 1, "it never looked what it would be without")
  }

  @Test(arguments: [5.0, 9.0])
  func `where it gets less done, it rests, but for a moment now and then`(
    _ stealing: Double
  ) {
    var load = Load()
    let stole = load.run(microseconds: 100_000, stealing: stealing, resting: 10)
    let share = Double(stole.count { $0 }) / Double(stole.count)
    #expect(share < 0.01, "it stole \(share) of the time")
    #expect(share > 0, "it never tried")
  }

  @Test func `where nobody gets on without it, it steals`() {
    var load = Load()
    let stole = load.run(microseconds: 10_000, stealing: 1, resting: 0)
    #expect(stole.dropFirst(1200).allSatisfy { $0 })
    // And where it rests by a decision of before, it is told so.
    _ = load.run(microseconds: 60_000, stealing: 1, resting: 10)
    #expect(load.policy.restsUntil > load.now)
    load.policy.forget()
    #expect(load.policy.restsUntil <= load.now)
    let steals = load.policy.allowsStealing(at: load.now, done: UInt64(load.done))
    #expect(steals)
  }

  @Test func `one of eight workers steals where all of them have work of their own`() {
    var load = Load()
    let stole = load.run(microseconds: 100_000, stealing: 8, resting: 7)
    #expect(Double(stole.count { $0 }) / Double(stole.count) > 0.99)
  }

  @Test func `where one of many makes no difference that can be told, it steals`() {
    var load = Load()
    let stole = load.run(microseconds: 100_000, stealing: 32, resting: 32.5)
    #expect(Double(stole.count { $0 }) / Double(stole.count) > 0.99)
  }

  @Test func `of work too long to be counted it steals, whatever was done`() {
    var load = Load()
    let stole = load.run(microseconds: 50_000, stealing: 0.01, resting: 0.1)
    #expect(stole.allSatisfy { $0 })
  }

  @Test func `it changes its mind with the load`() {
    var load = Load()
    _ = load.run(microseconds: 50_000, stealing: 5, resting: 10)
    let before = load.run(microseconds: 10, stealing: 5, resting: 10)
    #expect(before.allSatisfy { !$0 })
    _ = load.run(microseconds: 50_000, stealing: 20, resting: 10)
    let after = load.run(microseconds: 10, stealing: 20, resting: 10)
    #expect(after.allSatisfy { $0 })
  }
}
