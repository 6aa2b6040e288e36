internal import Synchronization

/// Knows when nothing more can happen by itself, and when only time can make something happen.
///
/// What runs or waits for a thread needs no counting: a worker that is awake stands for it, and a worker
/// goes to sleep only when there is nothing left to run. Counted besides are processes whose code has left
/// its thread in the middle of a handler, and not to wait for somebody else's answer: they *sleep* in the
/// runtime, or they await something *foreign*; and what threads other than workers are doing.
///
/// The system is *settled* when all these are zero, which is one load to find out. It is *quiet* when
/// nothing but sleepers is left: nothing happens before the next timer. Virtual time jumps then, if
/// somebody sleeps or waits outside.
///
/// Whoever passes work on counts the receiver in before it counts itself out, so the counts don't touch
/// zero while anything is under way.
///
/// Invariants:
/// 1. `counts` holds all counts in one word, so that no reader sees one count from before and another
///    from after a change.
/// 2. A waiter is registered before it looks at `counts` again, and whoever counts out looks for
///    waiters after it did (both sequentially consistent): one of the two sees the other.
package final class Settlement: Sendable {
  /// What a process whose code has left its thread adds to the counts.
  enum Share: Int {
    case none = 0
    case sleeping = 0x100_0000_0000
    case foreign = 0x1_0000
  }

  /// What somebody waits for.
  enum Occasion {
    /// Nothing more happens.
    case settled
    /// Nothing more happens before the next timer.
    case quiet
  }

  /// From the lowest bit: 16 for who is active, 24 for the foreign, 24 for sleepers.
  private let counts = Atomic(0)
  private static let active = 1
  /// How many outside the runtime wait for an answer or a moment.
  private let outsideWaits = Atomic(0)
  /// How many ever began to.
  private let outsideBegins = Atomic(0)
  private let waiterCount = Atomic(0)
  private let waiters = Locked([(occasion: Occasion, pending: Pending<Bool>)]())
  /// Told when the system is quiet: a virtual clock, which then may jump. Set before anything runs.
  private let whenQuiet: (@Sendable () -> Void)?

  init(whenQuiet: (@Sendable () -> Void)? = nil) {
    self.whenQuiet = whenQuiet
  }

  private var current: Int { counts.load(ordering: .sequentiallyConsistent) }

  private static func isQuiet(_ counts: Int) -> Bool { counts & (Share.sleeping.rawValue - 1) == 0 }

  var isSettled: Bool { current == 0 }

  /// Whether all has settled but for one who is active: of use to that one. No where somebody waits for quiet, which
  /// there would not be then.
  var isAlone: Bool { whenQuiet == nil && current == Self.active }

  /// Whether nothing can happen before the next timer.
  package var isQuiet: Bool { Self.isQuiet(current) }

  /// Whether virtual time may jump: nothing can happen before the next timer, and somebody sleeps or
  /// waits outside. A pending timer alone moves nothing.
  package var mayJump: Bool {
    let begun = outsideBegins.load(ordering: .sequentiallyConsistent)
    let counts = current
    guard Self.isQuiet(counts) else { return false }
    if counts > 0 { return true }
    // Two words, which have to have been so at one moment: quiet before somebody outside asked, and asked
    // for after, would be neither. Whoever waits now and did not begin since, waited when it was quiet.
    return isAwaitedOutside && begun == outsideBegins.load(ordering: .sequentiallyConsistent)
  }

  /// Whether somebody outside waits for an answer or a moment.
  package var isAwaitedOutside: Bool { outsideWaits.load(ordering: .sequentiallyConsistent) > 0 }

  /// Counts in a worker that wakes up, or a thread that is no worker and is about to do something.
  func enter() { counts.add(Self.active, ordering: .sequentiallyConsistent) }

  /// Counts out; the caller must hold no lock, since waiters are told.
  func leave() {
    let rest = counts.subtract(Self.active, ordering: .sequentiallyConsistent).newValue
    if Self.isQuiet(rest) { tellWaiters() }
  }

  /// Lets a thread that is no worker do something from which more may follow: the system counts as busy
  /// meanwhile.
  func act(_ action: () -> Void) {
    enter()
    action()
    leave()
  }

  /// Replaces a share. When this returns true, `tellWaiters` is to follow once no lock is held.
  @discardableResult
  func change(from old: Share, to new: Share) -> Bool {
    let difference = new.rawValue - old.rawValue
    guard difference != 0 else { return false }
    return Self.isQuiet(counts.add(difference, ordering: .sequentiallyConsistent).newValue)
  }

  func beginOutsideWait() {
    outsideBegins.add(1, ordering: .sequentiallyConsistent)
    outsideWaits.add(1, ordering: .sequentiallyConsistent)
  }

  func endOutsideWait() {
    outsideWaits.subtract(1, ordering: .sequentiallyConsistent)
  }

  func tellWaiters() {
    whenQuiet?()
    guard waiterCount.load(ordering: .sequentiallyConsistent) > 0, isQuiet else { return }
    let told = waiters.withLock { waiters in
      let isSettled = isSettled
      let told = waiters.filter { $0.occasion == .quiet || isSettled }
      waiters.removeAll { $0.occasion == .quiet || isSettled }
      waiterCount.store(waiters.count, ordering: .sequentiallyConsistent)
      return told
    }
    // The calling worker may be counted out, so what it would queue for itself would not count.
    Worker.withoutCurrent { for waiter in told { waiter.pending.resolve(with: true) } }
  }

  /// Registers a waiter; it is told when the occasion has come, at once if it is there already.
  func register(_ waiter: Pending<Bool>, for occasion: Occasion) {
    waiters.withLock { waiters in
      waiters.append((occasion, waiter))
      waiterCount.store(waiters.count, ordering: .sequentiallyConsistent)
    }
    tellWaiters()
  }

  func forget(_ waiter: Pending<Bool>) {
    waiters.withLock { waiters in
      waiters.removeAll { $0.pending.waiter === waiter.waiter }
      waiterCount.store(waiters.count, ordering: .sequentiallyConsistent)
    }
  }
}
