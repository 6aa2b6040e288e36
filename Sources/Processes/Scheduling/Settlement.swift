internal import Synchronization

/// Knows when nothing more can happen by itself, and when only time can make something happen.
///
/// *Busy* is a process that has letters to handle, runs, sleeps in the runtime or awaits something
/// foreign; a death whose signals are on their way. *Not busy* is a process that waits in receive or
/// for a reply, a zombie, a pending timer. The system is *settled* when nobody is busy, which is one
/// load to find out.
///
/// *Awake* are the busy ones that do not sleep. When nobody is awake the system is *quiet*: nothing
/// happens before the next timer. Virtual time jumps then, if somebody sleeps or waits outside.
///
/// Whoever passes work on counts the receiver in before it counts itself out, so neither count touches
/// zero while anything is under way.
///
/// Invariants:
/// 1. `counts` holds the number of busy processes and waves, and how many of these are awake.
/// 2. A waiter is registered before it looks at `counts` again, and whoever counts out looks for
///    waiters after it reached zero (both sequentially consistent): one of the two sees the other.
package final class Settlement: Sendable {
  /// What one process or wave adds to the counts.
  struct Share: Equatable {
    var isBusy: Bool
    var isAwake: Bool

    static let none = Share(isBusy: false, isAwake: false)
    static let sleeping = Share(isBusy: true, isAwake: false)
    static let awake = Share(isBusy: true, isAwake: true)

    /// Both counts in one word, so that they change together.
    fileprivate var bits: Int { (isBusy ? 1 : 0) + (isAwake ? Self.awakeUnit : 0) }
    fileprivate static let awakeUnit = 1 << 32
  }

  /// What somebody waits for.
  enum Occasion {
    /// Nobody is busy.
    case settled
    /// Nobody is awake.
    case quiet
  }

  private let counts = Atomic(0)
  /// How many outside the runtime wait for an answer or a moment.
  private let outsideWaits = Atomic(0)
  private let waiterCount = Atomic(0)
  private let waiters = Locked([(occasion: Occasion, pending: Pending<Bool>)]())
  /// Told when the system is quiet: a virtual clock, which then may jump. Set before anything runs.
  private let whenQuiet: (@Sendable () -> Void)?

  init(whenQuiet: (@Sendable () -> Void)? = nil) {
    self.whenQuiet = whenQuiet
  }

  var isSettled: Bool { counts.load(ordering: .sequentiallyConsistent) == 0 }

  /// Whether nothing can happen before the next timer.
  package var isQuiet: Bool {
    counts.load(ordering: .sequentiallyConsistent) < Share.awakeUnit
  }

  /// Whether virtual time may jump: nothing can happen before the next timer, and somebody sleeps or
  /// waits outside. A pending timer alone moves nothing.
  package var mayJump: Bool {
    let counts = counts.load(ordering: .sequentiallyConsistent)
    return counts < Share.awakeUnit
      && (counts > 0 || outsideWaits.load(ordering: .sequentiallyConsistent) > 0)
  }

  /// Whether somebody outside waits for an answer or a moment.
  package var isAwaitedOutside: Bool { outsideWaits.load(ordering: .sequentiallyConsistent) > 0 }

  func enter() { change(from: .none, to: .awake) }

  /// Counts somebody out; the caller must hold no lock, since waiters are told.
  func leave(_ share: Share = .awake) {
    if change(from: share, to: .none) { tellWaiters() }
  }

  /// Replaces a share. When this returns true, `tellWaiters` is to follow once no lock is held.
  @discardableResult
  func change(from old: Share, to new: Share) -> Bool {
    let difference = new.bits - old.bits
    guard difference != 0 else { return false }
    let sum = counts.add(difference, ordering: .sequentiallyConsistent).newValue
    return difference < 0 && sum < Share.awakeUnit
  }

  func beginOutsideWait() {
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
    for waiter in told { waiter.pending.resolve(.value(true)) }
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
      waiters.removeAll { $0.pending === waiter }
      waiterCount.store(waiters.count, ordering: .sequentiallyConsistent)
    }
  }
}
