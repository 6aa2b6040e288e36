internal import CPlatform

/// The limits of waits: lists in the order of their deadlines, one for each duration that is in use.
///
/// Equal durations end in the order in which they began, so adding is appending. A wait that is over is
/// unlinked. Both take a few loads and stores and no memory, where a heap would take a microsecond; and
/// there is a limit to every call.
///
/// Deadlines come from a coarse clock, and are late by up to two of its ticks (8 ms), never early.
///
/// Invariants, all under `lock`:
/// 1. A waiter is in at most one list, and on the list's end that it was added to.
/// 2. Deadlines in one list do not decrease.
///
/// `@unchecked Sendable`: by the lock.
final class TimeoutLanes: @unchecked Sendable {
  private struct Lane {
    let duration: Duration
    // Not `unowned(unsafe)`: with such fields, Swift 6.3 iterates over an array without end.
    private var firstReference: Unmanaged<Waiter>?
    private var lastReference: Unmanaged<Waiter>?

    init(duration: Duration) { self.duration = duration }

    var first: Waiter? {
      get { firstReference?.takeUnretainedValue() }
      set { firstReference = newValue.map(Unmanaged.passUnretained) }
    }
    var last: Waiter? {
      get { lastReference?.takeUnretainedValue() }
      set { lastReference = newValue.map(Unmanaged.passUnretained) }
    }
  }

  private let lock = Lock()
  @exclusivity(unchecked) private var lanes: [Lane] = []
  private static let limit = 8
  /// Shorter waits deserve a finer clock.
  private static let shortest = Duration.milliseconds(100)

  /// Adds a waiter.
  ///
  /// - Returns: Its deadline; nil when there is no list for such a duration.
  func add(_ waiter: Waiter, _ duration: Duration) -> Int64? {
    guard duration >= Self.shortest else { return nil }
    let start = cplatform_coarse_now() + cplatform_coarse_tick
    return lock.withLock {
      guard let index = lane(duration) else { return nil }
      waiter.deadline = max(
        start.addingClamped(duration.clampedNanoseconds), lanes[index].last?.deadline ?? 0)
      waiter.lane = index
      waiter.previousTimeout = lanes[index].last
      waiter.nextTimeout = nil
      if let last = lanes[index].last {
        last.nextTimeout = waiter
      } else {
        lanes[index].first = waiter
      }
      lanes[index].last = waiter
      return waiter.deadline
    }
  }

  func remove(_ waiter: Waiter) { lock.withLock { unlink(waiter) } }

  /// Takes out a waiter whose time is over.
  func popDue(at now: Int64) -> Waiter? {
    lock.withLock {
      for index in lanes.indices {
        guard let first = lanes[index].first, first.deadline <= now else { continue }
        unlink(first)
        return first
      }
      return nil
    }
  }

  var nextDeadline: Int64? { lock.withLock { lanes.compactMap(\.first?.deadline).min() } }

  private func lane(_ duration: Duration) -> Int? {
    if let index = lanes.firstIndex(where: { $0.duration == duration }) { return index }
    if lanes.count < Self.limit {
      lanes.append(Lane(duration: duration))
      return lanes.count - 1
    }
    // An empty one is free for another duration.
    guard let index = lanes.firstIndex(where: { $0.first == nil }) else { return nil }
    lanes[index] = Lane(duration: duration)
    return index
  }

  private func unlink(_ waiter: Waiter) {
    let index = waiter.lane
    guard index >= 0 else { return }
    waiter.lane = -1
    if let previous = waiter.previousTimeout {
      previous.nextTimeout = waiter.nextTimeout
    } else {
      lanes[index].first = waiter.nextTimeout
    }
    if let next = waiter.nextTimeout {
      next.previousTimeout = waiter.previousTimeout
    } else {
      lanes[index].last = waiter.previousTimeout
    }
  }
}
