internal import CPlatform

/// The limits of waits: lists in the order of their deadlines, one for each duration that is in use.
///
/// Equal durations end in the order in which they began, so adding is appending. A wait that is over is
/// unlinked. Both take a few loads and stores and no memory, where a heap would take a microsecond; and
/// there is a limit to every call.
///
/// There are several sets of such lists, each with a lock of its own, so that workers seldom wait for each other:
/// a process's waits are always in the set of its place in the table.
///
/// Deadlines come from a coarse clock, and are late by up to two of its ticks (8 ms), never early.
///
/// Invariants, all under the set's lock:
/// 1. A waiter is in at most one list, and on the list's end that it was added to.
/// 2. Deadlines in one list do not decrease.
///
/// `@unchecked Sendable`: by the lock. Unsafe code: the lanes' memory is this object's own; and a waiter leaves
/// before it goes, as with `CallerList`.
final class TimeoutLanes: @unchecked Sendable {
  fileprivate struct Lane {
    var duration = Duration.zero
    /// The duration in nanoseconds; 0 for a lane that has never been used.
    var nanoseconds: Int64 = 0
    var first: Unmanaged<Waiter>?
    var last: Unmanaged<Waiter>?
  }

  fileprivate struct LaneSet: ~Copyable {
    let lock = Lock()
    let lanes: UnsafeMutablePointer<Lane>
    /// Fills a cache line, so that two workers that use two sets don't wait for each other's caches.
    private let filler: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

    init() {
      lanes = .allocate(capacity: laneCount)
      lanes.initialize(repeating: Lane(), count: laneCount)
    }

    deinit { lanes.deallocate() }
  }

  private let sets: UnsafeMutablePointer<LaneSet>
  private static let setCount = 16
  fileprivate static let laneCount = 8
  /// Shorter waits deserve a finer clock.
  private static let shortest = Duration.milliseconds(100)

  init() {
    sets = .allocate(capacity: Self.setCount)
    for index in 0..<Self.setCount { (sets + index).initialize(to: LaneSet()) }
  }

  deinit {
    sets.deinitialize(count: Self.setCount)
    sets.deallocate()
  }

  private func set(of waiter: Waiter) -> UnsafeMutablePointer<LaneSet> {
    let slot = waiter.ownerReference?._withUnsafeGuaranteedRef { $0.pid.slot } ?? 0
    return sets + Int(slot) & (Self.setCount - 1)
  }

  /// Adds a waiter.
  ///
  /// - Returns: Its deadline; nil when there is no list for such a duration.
  func add(_ waiter: Waiter, _ duration: Duration) -> Int64? {
    let start = cplatform_coarse_now() + cplatform_coarse_tick
    let set = set(of: waiter)
    set.pointee.lock.acquire()
    defer { set.pointee.lock.release() }
    guard let index = set.pointee.lane(for: duration, atLeast: Self.shortest) else { return nil }
    waiter.lane = Int32(truncatingIfNeeded: index)
    set.pointee.append(waiter, start: start)
    return waiter.deadline
  }

  func remove(_ waiter: Waiter) {
    let set = set(of: waiter)
    set.pointee.lock.acquire()
    set.pointee.unlink(waiter)
    set.pointee.lock.release()
  }

  /// Takes out a waiter whose time is over.
  func popDue(at now: Int64) -> Waiter? {
    for index in 0..<Self.setCount {
      if let waiter = sets[index].popDue(at: now) { return waiter }
    }
    return nil
  }

  var nextDeadline: Int64? {
    (0..<Self.setCount).compactMap { sets[$0].nextDeadline }.min()
  }
}

extension TimeoutLanes.LaneSet {
  /// Under the lock.
  func lane(for duration: Duration, atLeast shortest: Duration) -> Int? {
    for index in 0..<TimeoutLanes.laneCount where lanes[index].duration == duration {
      return lanes[index].nanoseconds > 0 ? index : nil
    }
    guard duration >= shortest else { return nil }
    // An empty one is free for another duration.
    for index in 0..<TimeoutLanes.laneCount where lanes[index].first == nil {
      lanes[index].duration = duration
      lanes[index].nanoseconds = duration.clampedNanoseconds
      return index
    }
    return nil
  }

  /// Adds a waiter to its lane. Under the lock.
  func append(_ waiter: Waiter, start: Int64) {
    let lane = lanes + Int(waiter.lane)
    let entry = Unmanaged.passUnretained(waiter)
    let last = lane.pointee.last
    waiter.deadline = start.addingClamped(lane.pointee.nanoseconds)
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
  }

  /// Takes a waiter out of its lane, if it is in one. Under the lock.
  func unlink(_ waiter: Waiter) {
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

  func popDue(at now: Int64) -> Waiter? {
    lock.withLock {
      for index in 0..<TimeoutLanes.laneCount {
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
      (0..<TimeoutLanes.laneCount).compactMap { index in
        lanes[index].first?.takeUnretainedValue().deadline
      }.min()
    }
  }
}
