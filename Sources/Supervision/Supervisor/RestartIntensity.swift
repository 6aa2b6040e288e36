/// How many restarts a supervisor allows within how long, before it gives up.
///
/// A sliding window over whole seconds, both ends included, as OTP counts: two restarts are within
/// five seconds of each other when their truncated clock seconds differ by at most five.
///
/// Since only whole seconds matter, a second's restarts are one number: a window of five seconds holds at
/// most six, however many restarts there are. Counting one takes the same time whatever the window holds.
struct RestartIntensity: Equatable {
  private struct Second: Equatable {
    let time: Int64
    var restarts: Int
  }

  let maxRestarts: Int
  let period: Duration
  /// The seconds with restarts, oldest first; those before `first` have left the window.
  private var seconds: [Second] = []
  private var first = 0
  /// How many restarts the window holds.
  private(set) var count = 0

  init(maxRestarts: Int, within period: Duration) {
    self.maxRestarts = maxRestarts
    self.period = period
  }

  /// How many numbers the window takes in memory.
  var width: Int { seconds.count }

  /// Counts a restart.
  ///
  /// - Returns: Whether it is still allowed; if not, the supervisor gives up.
  mutating func allowsRestart(at now: Duration) -> Bool {
    let time = now.components.seconds
    forget(before: time - period.components.seconds)
    if seconds.last?.time == time {
      seconds[seconds.count - 1].restarts += 1
    } else {
      seconds.append(Second(time: time, restarts: 1))
    }
    count += 1
    return count <= maxRestarts
  }

  private mutating func forget(before oldest: Int64) {
    while first < seconds.count, seconds[first].time < oldest {
      count -= seconds[first].restarts
      first += 1
    }
    // Only once they are the greater part, so that each second is moved once at most.
    if first > seconds.count / 2 {
      seconds.removeFirst(first)
      first = 0
    }
  }
}
