internal import CPlatform
internal import Synchronization

/// The limits of waits: a wheel of slots, each with the waits that are to be looked at in its 8 ms.
///
/// Almost no wait is as long as it may be, and there is a limit to every call. So an entry is not a deadline but the
/// moment at which a wait is looked at: no later than its deadline. A process's calls all use one waiter, which stays
/// in the wheel from one call to the next: a call then only notes its deadline, and once in the length of a limit the
/// wheel finds that it has moved, and puts the waiter there. What is looked at and is in no call leaves the wheel.
///
/// There are several such wheels, each with a lock of its own, so that workers seldom wait for each other: a process's
/// waits are always in that of its place in the table.
///
/// Limits of a second and more begin by a coarse clock, which costs a seventh of the exact one, and end up to two of its
/// ticks (8 ms) and a slot late. That clock stands still while the machine under a virtual one is elsewhere: only after
/// a pause of two ticks could a limit end early, by the rest of that pause. Shorter limits begin by the exact clock.
///
/// Invariants:
/// 1. A waiter is in the wheel when its `lookAt` is a moment, and then in the slot of that moment. Both change under
///    the set's lock; for a waiter that is kept, `lookAt` under its owner's lock besides, and so does `deadline`.
/// 2. Locks are taken in this order: the set's, the owner's, that of the callers of whom it calls.
/// 3. A wait with a limit is looked at no later than at its deadline.
/// 4. The end of a kept waiter is claimed under its owner's lock. What is claimed is not free before its claimer has said
///    that all is done, and that one holds it until then; its owner lets it go after that.
///
/// `@unchecked Sendable`: by the locks. Unsafe code: the slots' memory is this object's own; and a waiter leaves
/// before it goes, as with `CallerList`, so it and its owner are there as long as it is in the wheel.
final class TimeoutWheel: @unchecked Sendable {
  private let sets: UnsafeMutablePointer<SlotSet>
  private static let setCount = 8
  /// Shorter waits deserve a finer clock.
  private static let shortest = Duration.milliseconds(100)

  init() {
    sets = .allocate(capacity: Self.setCount)
    for index in 0..<Self.setCount { (sets + index).initialize(to: SlotSet()) }
  }

  deinit {
    sets.deinitialize(count: Self.setCount)
    sets.deallocate()
  }

  private func set(of waiter: Waiter) -> UnsafeMutablePointer<SlotSet> {
    let slot = waiter.ownerReference?._withUnsafeGuaranteedRef { $0.pid.slot } ?? 0
    return sets + Int(slot) & (Self.setCount - 1)
  }

  /// When a wait that begins now and may last so long is over.
  static func deadline(after nanoseconds: Int64) -> Int64 {
    let isLong = nanoseconds >= 1_000_000_000
    let start = isLong ? cplatform_coarse_now() + 2 * cplatform_coarse_tick : cplatform_now()
    return start.addingClamped(nanoseconds)
  }

  /// Adds a waiter, or moves it to where its new limit is.
  ///
  /// - Returns: When it will be looked at; nil when the wait is too short for this clock.
  func add(_ waiter: Waiter, _ duration: Duration) -> Int64? {
    guard duration >= Self.shortest else { return nil }
    let nanoseconds = duration.clampedNanoseconds
    let deadline = Self.deadline(after: nanoseconds)
    let set = set(of: waiter)
    set.pointee.lock.acquire()
    defer { set.pointee.lock.release() }
    set.pointee.unlink(waiter)
    waiter.withOwnersLock {
      waiter.usualLimit = duration
      waiter.usualNanoseconds = nanoseconds
      waiter.deadline = deadline
      waiter.lookAt = deadline
    }
    set.pointee.link(waiter)
    return Slots.end(of: deadline)
  }

  /// Takes a waiter out, if it is in.
  func remove(_ waiter: Waiter) {
    let set = set(of: waiter)
    set.pointee.lock.acquire()
    set.pointee.unlink(waiter)
    waiter.withOwnersLock { waiter.lookAt = .max }
    set.pointee.lock.release()
  }

  /// Takes out the waiters whose time is over, claimed: the caller is to end them.
  func claimDue(at now: Int64) -> [Waiter] {
    var due: [Waiter] = []
    for index in 0..<Self.setCount { sets[index].claimDue(at: now, into: &due) }
    return due
  }

  /// When there is something to be looked at next.
  var nextMoment: Int64? {
    (0..<Self.setCount).compactMap { sets[$0].nextMoment }.min()
  }
}

/// A wheel with its lock. What changes lies apart, so that changing it is no change of the lock.
private struct SlotSet: ~Copyable {
  let lock = Lock()
  private let slots: UnsafeMutablePointer<Slots>
  // Fills a cache line, so that two workers that use two sets don't wait for each other's caches.
  private let filler: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

  init() {
    slots = .allocate(capacity: 1)
    slots.initialize(to: Slots())
  }

  deinit {
    slots.deinitialize(count: 1)
    slots.deallocate()
  }

  /// Puts a waiter into the slot of its `lookAt`. Under the lock.
  func link(_ waiter: Waiter) { slots.pointee.link(waiter) }

  /// Takes a waiter out of its slot, if it is in one; its `lookAt` stays for the caller to change. Under the lock.
  func unlink(_ waiter: Waiter) { slots.pointee.unlink(waiter) }

  func claimDue(at now: Int64, into due: inout [Waiter]) {
    lock.withLock { slots.pointee.claimDue(at: now, into: &due) }
  }

  var nextMoment: Int64? { lock.withLock { slots.pointee.nextMoment } }
}

/// Under the lock of its set.
private struct Slots: ~Copyable {
  private typealias Entry = Unmanaged<Waiter>
  /// The first of each slot; no memory before there is a limit.
  private var firsts: UnsafeMutablePointer<Entry?>?
  /// A bit for each slot that has somebody.
  private var filled: UnsafeMutablePointer<UInt64>?
  /// Up to which slot, counted from the clock's zero, all have been looked at.
  private var position: Int64 = 0

  private static let slotCount = 1024
  /// A slot is 2 to the power of this in nanoseconds: 8.4 ms; all of them together 8.6 s. Who is to be looked at
  /// later than that is passed by on the way.
  private static let slotBits: Int64 = 23

  deinit {
    firsts?.deallocate()
    filled?.deallocate()
  }

  /// When the slot of this moment is looked at: once it is over.
  static func end(of moment: Int64) -> Int64 {
    ((moment >> slotBits) + 1).multipliedReportingOverflow(by: 1 << slotBits).overflow
      ? .max : ((moment >> slotBits) + 1) << slotBits
  }

  private static func index(of moment: Int64) -> Int {
    Int(truncatingIfNeeded: moment >> slotBits) & (slotCount - 1)
  }

  /// Puts a waiter into the slot of its `lookAt`.
  mutating func link(_ waiter: Waiter) {
    if firsts == nil {
      firsts = .allocate(capacity: Self.slotCount)
      firsts?.initialize(repeating: nil, count: Self.slotCount)
      filled = .allocate(capacity: Self.slotCount / 64)
      filled?.initialize(repeating: 0, count: Self.slotCount / 64)
      position = cplatform_now() >> Self.slotBits
    }
    guard let firsts, let filled else { return }
    let index = Self.index(of: waiter.lookAt)
    let entry = Entry.passUnretained(waiter)
    let next = firsts[index]
    waiter.timeoutLinks = Waiter.Links(next: next, previous: nil)
    next?._withUnsafeGuaranteedRef { $0.timeoutLinks.previous = entry }
    firsts[index] = entry
    filled[index / 64] |= 1 << UInt64(index % 64)
  }

  /// Takes a waiter out of its slot, if it is in one; its `lookAt` stays for the caller to change.
  func unlink(_ waiter: Waiter) {
    guard waiter.lookAt != .max, let firsts, let filled else { return }
    let links = waiter.timeoutLinks
    links.next?._withUnsafeGuaranteedRef { $0.timeoutLinks.previous = links.previous }
    if let previous = links.previous {
      previous._withUnsafeGuaranteedRef { $0.timeoutLinks.next = links.next }
      return
    }
    let index = Self.index(of: waiter.lookAt)
    firsts[index] = links.next
    if links.next == nil { filled[index / 64] &= ~(1 << UInt64(index % 64)) }
  }

  mutating func claimDue(at now: Int64, into due: inout [Waiter]) {
    guard let firsts, let filled else { return }
    let end = now >> Self.slotBits
    // Once around is everywhere.
    var slot = max(position, end - Int64(Self.slotCount))
    while slot < end {
      let index = Self.index(of: slot << Self.slotBits)
      if filled[index / 64] & 1 << UInt64(index % 64) != 0 {
        var entry = firsts[index]
        while let waiter = entry?.takeUnretainedValue() {
          entry = waiter.timeoutLinks.next
          if waiter.lookAt >> Self.slotBits < end, look(at: waiter, now) { due.append(waiter) }
        }
      }
      slot += 1
    }
    position = end
  }

  /// Looks at a waiter: moves it to its deadline, or takes it out.
  ///
  /// - Returns: Whether its time is over, and its end is claimed.
  private mutating func look(at waiter: Waiter, _ now: Int64) -> Bool {
    unlink(waiter)
    var isMoved = false
    let isClaimed = waiter.withOwnersLock {
      let deadline = waiter.isFree.load(ordering: .acquiring) ? .max : waiter.deadline
      isMoved = deadline > now && deadline != .max
      waiter.lookAt = isMoved ? deadline : .max
      return deadline <= now && waiter.claim()
    }
    if isMoved { link(waiter) }
    return isClaimed
  }

  var nextMoment: Int64? {
    guard let filled else { return nil }
    // From the word that `position` is in, all around, and that word once more.
    let start = Self.index(of: position << Self.slotBits)
    for offset in 0...(Self.slotCount / 64) {
      let word = (start / 64 + offset) % (Self.slotCount / 64)
      var bits = filled[word]
      if offset == 0 { bits &= ~0 << UInt64(start % 64) }
      guard bits != 0 else { continue }
      let index = word * 64 + bits.trailingZeroBitCount
      let distance = (index - start + Self.slotCount) % Self.slotCount
      return (position + Int64(distance) + 1) << Self.slotBits
    }
    return nil
  }
}
