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
/// `@unchecked Sendable`: by the lock. Unsafe code: the lanes' memory is this object's own; and a waiter leaves
/// before it goes, as with `CallerList`.
final class TimeoutLanes: @unchecked Sendable {
  private struct Lane {
    var duration = Duration.zero
    /// The duration in nanoseconds; 0 for a lane that has never been used.
    var nanoseconds: Int64 = 0
    var first: Unmanaged<Waiter>?
    var last: Unmanaged<Waiter>?
  }

  private let lock = Lock()
  private let lanes: UnsafeMutablePointer<Lane>
  private static let count = 8
  /// Shorter waits deserve a finer clock.
  private static let shortest = Duration.milliseconds(100)

  init() {
    lanes = .allocate(capacity: Self.count)
    lanes.initialize(repeating: Lane(), count: Self.count)
  }

  deinit { lanes.deallocate() }

  /// Adds a waiter.
  ///
  /// - Returns: Its deadline; nil when there is no list for such a duration.
  func add(_ waiter: Waiter, _ duration: Duration) -> Int64? {
    let start = cplatform_coarse_now() + cplatform_coarse_tick
    lock.acquire()
    defer { lock.release() }
    guard let index = lane(duration) else { return nil }
    let lane = lanes + index
    let entry = Unmanaged.passUnretained(waiter)
    let last = lane.pointee.last
    waiter.deadline = start.addingClamped(lane.pointee.nanoseconds)
    waiter.lane = Int32(truncatingIfNeeded: index)
    waiter.timeoutLinks = Waiter.Links(next: nil, previous: last)
    if let last {
      last._withUnsafeGuaranteedRef {
        waiter.deadline = max(waiter.deadline, $0.deadline)
        $0.timeoutLinks.next = entry
      }
    } else {
      lane.pointee.first = entry
    }
    lane.pointee.last = entry
    return waiter.deadline
  }

  func remove(_ waiter: Waiter) {
    lock.acquire()
    unlink(waiter)
    lock.release()
  }

  /// Takes out a waiter whose time is over.
  func popDue(at now: Int64) -> Waiter? {
    lock.withLock {
      for index in 0..<Self.count {
        guard let first = lanes[index].first?.takeUnretainedValue(), first.deadline <= now else {
          continue
        }
        unlink(first)
        return first
      }
      return nil
    }
  }

  var nextDeadline: Int64? {
    lock.withLock {
      (0..<Self.count).compactMap { lanes[$0].first?.takeUnretainedValue().deadline }.min()
    }
  }

  private func lane(_ duration: Duration) -> Int? {
    for index in 0..<Self.count where lanes[index].duration == duration {
      return lanes[index].nanoseconds > 0 ? index : nil
    }
    guard duration >= Self.shortest else { return nil }
    // An empty one is free for another duration.
    for index in 0..<Self.count where lanes[index].first == nil {
      lanes[index].duration = duration
      lanes[index].nanoseconds = duration.clampedNanoseconds
      return index
    }
    return nil
  }

  private func unlink(_ waiter: Waiter) {
    guard waiter.lane >= 0 else { return }
    let lane = lanes + Int(waiter.lane)
    waiter.lane = -1
    let links = waiter.timeoutLinks
    if let previous = links.previous {
      previous._withUnsafeGuaranteedRef { $0.timeoutLinks.next = links.next }
    } else {
      lane.pointee.first = links.next
    }
    if let next = links.next {
      next._withUnsafeGuaranteedRef { $0.timeoutLinks.previous = links.previous }
    } else {
      lane.pointee.last = links.previous
    }
  }
}
