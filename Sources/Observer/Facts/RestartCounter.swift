internal import Supervision

/// How many processes were started again, and how many ended, as far as the stream of events has been followed.
struct RestartCounter {
  private(set) var restarts = 0
  private(set) var starts = 0
  private(set) var exits = 0
  /// Events that had left the history before they were counted.
  private(set) var missed = 0
  private(set) var last: EventNumber = 0

  /// Counts what has happened since the last time, at most so many events of it.
  mutating func follow(_ log: EventLog, limit: Int = 10_000) {
    let newest = log.lastNumber
    guard newest > last else { return }
    let first = newest - last > UInt64(limit) ? newest - UInt64(limit) + 1 : last + 1
    missed += Int(first - last - 1)
    for number in first...newest {
      guard let event = log.event(number) else {
        missed += 1
        continue
      }
      switch event.kind {
      case .started(_, let isRestart):
        starts += 1
        if isRestart { restarts += 1 }
      case .exited: exits += 1
      default: continue
      }
    }
    last = newest
  }
}
