/// Whether a worker that has nothing to do is to take work from others.
///
/// It pays where pieces of work are long or have nothing to do with each other. Where they talk with each other all the
/// time, as clients of one server do, each message then crosses from one processor's cache to the other's: how much
/// that costs depends on which processors these are, and can be several times what is gained. So a worker tries:
/// it steals for a moment, then rests for a moment, and keeps for a while to what got more done, by all workers
/// together. In short bursts it steals.
///
/// A value that is told the time and how much all workers have done: nothing here looks at a clock.
struct StealingPolicy {
  /// In nanoseconds. A trial is short beside what is decided by it; and before it caches fill, and threads wake up.
  private static let trial: Int64 = 350_000
  private static let warmingUp: Int64 = 100_000
  private static let decision: Int64 = 50_000_000
  /// What gets so much done of what resting does may be as good, as far as such a trial can tell: the share of one among
  /// many workers is less. Then it steals.
  private static let tie = 0.95
  /// After so long without a question, what was found out is forgotten: another burst, another load.
  private static let memory: Int64 = 2_000_000
  /// Of fewer pieces than this in a trial nothing can be told: they are long, and stealing pays.
  private static let sample = 20

  private enum Phase {
    /// Steals, to see what that gets done.
    case trying
    /// Rests, to see what the others get done alone.
    case comparing(rate: Double)
    case decided(steals: Bool)
  }

  private var phase = Phase.trying
  /// When the phase began, and then when it was warm, if that is of interest.
  private var start: Int64 = 0
  private var isWarm = false
  private var doneAtStart: UInt64 = 0
  private var lastQuestion: Int64 = 0

  /// Asked whenever there is something to be stolen.
  ///
  /// - Parameters:
  ///   - now: In nanoseconds.
  ///   - done: How many letters all workers have ever handled, and pieces of other work.
  mutating func allowsStealing(at now: Int64, done: UInt64) -> Bool {
    defer { lastQuestion = now }
    if now - max(lastQuestion, restsUntil) > Self.memory {
      enter(.trying, now, done)
      return true
    }
    if !isWarm {
      if now - start >= Self.warmingUp { begin(now, done, isWarm: true) }
      return allowsStealing
    }
    let duration = now - start
    switch phase {
    case .trying:
      guard duration >= Self.trial else { return true }
      let isTelling = done &- doneAtStart >= Self.sample
      enter(isTelling ? .comparing(rate: rate(now, done)) : .trying, now, done)
      return allowsStealing
    case .comparing(let stealing):
      guard duration >= Self.trial else { return false }
      enter(.decided(steals: stealing > Self.tie * rate(now, done)), now, done)
      return allowsStealing
    case .decided:
      if duration >= Self.decision { enter(.trying, now, done) }
      return allowsStealing
    }
  }

  /// What was found out does not hold any more.
  mutating func forget() { self = StealingPolicy() }

  /// Until when the answer stays no; the past, when it is yes.
  var restsUntil: Int64 {
    switch phase {
    case .trying, .decided(steals: true): start
    case .comparing: start + (isWarm ? Self.trial : Self.warmingUp)
    case .decided(steals: false): start + Self.decision
    }
  }

  private var allowsStealing: Bool {
    switch phase {
    case .trying: true
    case .comparing: false
    case .decided(let steals): steals
    }
  }

  private func rate(_ now: Int64, _ done: UInt64) -> Double {
    Double(done &- doneAtStart) / Double(max(1, now - start))
  }

  private mutating func enter(_ phase: Phase, _ now: Int64, _ done: UInt64) {
    self.phase = phase
    // A decision is not measured.
    let isWarm = if case .decided = phase { true } else { false }
    begin(now, done, isWarm: isWarm)
  }

  private mutating func begin(_ now: Int64, _ done: UInt64, isWarm: Bool) {
    self.isWarm = isWarm
    start = now
    doneAtStart = done
  }
}
