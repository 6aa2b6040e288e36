/// How many restarts a supervisor allows within how long, before it gives up.
///
/// A sliding window over whole seconds, both ends included, as OTP counts: two restarts are within
/// five seconds of each other when their truncated clock seconds differ by at most five.
struct RestartIntensity: Equatable {
  let maxRestarts: Int
  let period: Duration
  private var seconds: [Int64] = []

  init(maxRestarts: Int, within period: Duration) {
    self.maxRestarts = maxRestarts
    self.period = period
  }

  /// How many restarts the window holds.
  var count: Int { seconds.count }

  /// Counts a restart.
  ///
  /// - Returns: Whether it is still allowed; if not, the supervisor gives up.
  mutating func allowsRestart(at now: Duration) -> Bool {
    let second = now.components.seconds
    let oldest = second - period.components.seconds
    seconds.removeAll { $0 < oldest }
    // More than one above the limit is never needed, and a limit of a million costs no memory until
    // it is used.
    seconds.append(second)
    return seconds.count <= maxRestarts
  }
}
