internal import Synchronization

/// Somebody who waits for another process, as that one, a timer and the waiting process itself know it.
///
/// The first to end the wait wins; what comes later is dropped, which is how late replies vanish.
///
/// The links make it an entry of the callee's list of callers and of the timers' list, without memory or
/// search for either.
///
/// Invariants:
/// 1. `isClaimed` is set once, by whoever then writes `ending`.
/// 2. `state` goes open → waiting → done or open → done. The waiter writes `continuation` before it says
///    waiting, the ender writes `ending` before it says done, and each reads the other's after it has
///    seen that word. Who finds the state waiting resumes.
/// 3. While the state is waiting, the owner counts as waiting or asleep, and somebody outside is known to
///    wait.
///
/// `@unchecked Sendable`: by these; the links are under the lock of the list they belong to.
@usableFromInline
package class Waiter: @unchecked Sendable {
  /// How a wait ended.
  @usableFromInline
  package enum Ending: Sendable {
    /// With the value that the subclass has.
    case value
    /// The process that was to answer ended, or was not there.
    case failed(ExitReason)
    case timedOut
    /// The waiting process itself was ended from outside; its code is to unwind.
    case ownerEnded
  }

  private enum State {
    static var open: UInt8 { 0 }
    static var waiting: UInt8 { 1 }
    static var done: UInt8 { 2 }
  }

  private let isClaimed = Atomic(false)
  private let state = Atomic<UInt8>(State.open)
  /// Whoever resumed the waiter has come back from that.
  private let hasResumed = Atomic(false)
  private final let purpose: Purpose
  @exclusivity(unchecked) package private(set) final var ending = Ending.ownerEnded
  @exclusivity(unchecked) private final var continuation: UnsafeContinuation<Void, Never>?
  /// The process that waits; nil for code outside the runtime.
  final let owner: ProcessCell?
  private final let settlement: Settlement

  // Under the callee's lock.
  @exclusivity(unchecked) unowned(unsafe) fileprivate final var nextCaller: Waiter?
  @exclusivity(unchecked) unowned(unsafe) fileprivate final var previousCaller: Waiter?
  @exclusivity(unchecked) fileprivate final var isCaller = false

  // Under the timers' lock.
  @exclusivity(unchecked) unowned(unsafe) final var nextTimeout: Waiter?
  @exclusivity(unchecked) unowned(unsafe) final var previousTimeout: Waiter?
  @exclusivity(unchecked) final var deadline: Int64 = 0
  /// Which of the timers' lists it is in; -1 for none.
  @exclusivity(unchecked) final var lane = -1

  /// By what its time is limited. The waiter's own.
  @exclusivity(unchecked) final var limit = Limit.none

  enum Limit {
    case none, lane
    case timer(TimerRef)
  }

  @usableFromInline
  package init(_ runtime: Runtime, owner: ProcessCell?, purpose: Purpose) {
    settlement = runtime.settlement
    self.owner = owner
    self.purpose = purpose
  }

  deinit {
    precondition(!isCaller && lane < 0, "a waiter that is still on somebody's list")
  }

  /// Claims the right to end the wait: true for the first, who is to call `end` next.
  @usableFromInline
  final func claim() -> Bool { !isClaimed.exchange(true, ordering: .acquiring) }

  @usableFromInline
  final func end(_ ending: Ending) {
    self.ending = ending
    if state.exchange(State.done, ordering: .acquiringAndReleasing) == State.waiting {
      countIn()
      continuation?.resume()
      hasResumed.store(true, ordering: .releasing)
    }
  }

  /// The waiting process died: lets its code go on, to unwind.
  final func abandon() { if claim() { end(.ownerEnded) } }
  /// The process that was to answer ended.
  final func fail(_ reason: ExitReason) { if claim() { end(.failed(reason)) } }
  package final func timeOut() { if claim() { end(.timedOut) } }

  /// Waits for the end. Once, by the owner.
  ///
  /// Always compiled into the caller: each asynchronous function on the way would cost a look at the task's
  /// executor when it goes on.
  @inlinable @inline(__always)
  package final func suspend() async {
    if isDone { return }
    await withUnsafeContinuation { park($0) }
    goOn()
  }

  @usableFromInline
  final var isDone: Bool { state.load(ordering: .acquiring) == State.done }

  /// The waiter's code has left its thread; resumes it at once if the end has come meanwhile.
  @usableFromInline
  final func park(_ continuation: UnsafeContinuation<Void, Never>) {
    self.continuation = continuation
    // Once it waits, it may be gone before this has returned.
    let outside = owner == nil ? settlement : nil
    // Before it can be ended, and counted in again.
    countOut()
    let isWaiting = state.compareExchange(
      expected: State.open, desired: State.waiting, ordering: .acquiringAndReleasing
    ).exchanged
    if isWaiting {
      // Nobody but a clock may be able to go on now.
      if let outside, outside.isQuiet { outside.tellWaiters() }
    } else {
      countIn()
      continuation.resume()
      hasResumed.store(true, ordering: .releasing)
    }
  }

  /// The waiter's code goes on.
  @usableFromInline
  final func goOn() {
    // Whoever resumed may still be on its way out of `resume`, which looks at this code's frame: outside of
    // the runtime, or if it came before this code had left its thread. Nothing but Swift's own runtime
    // orders that, and ThreadSanitizer does not see into it.
    while !hasResumed.load(ordering: .acquiring) { Lock.relax() }
  }

  private final func countOut() {
    switch (owner, purpose) {
    case (nil, .others): break
    case (nil, _): settlement.beginOutsideWait()
    case (let owner?, .moment): owner.sleepers.add(1, ordering: .sequentiallyConsistent)
    case (let owner?, _): owner.waits.add(1, ordering: .sequentiallyConsistent)
    }
  }

  private final func countIn() {
    switch (owner, purpose) {
    case (nil, .others): break
    case (nil, _): settlement.endOutsideWait()
    case (let owner?, .moment): owner.sleepers.subtract(1, ordering: .sequentiallyConsistent)
    case (let owner?, _): owner.waits.subtract(1, ordering: .sequentiallyConsistent)
    }
  }
}

/// What is waited for, as far as settling and virtual time are concerned.
@usableFromInline
package enum Purpose: Sendable {
  /// Somebody else's doing: a process that waits for it is not busy.
  case answer
  /// A moment: a process that sleeps is busy, but not awake.
  case moment
  /// That all others have settled; never a reason for virtual time to jump.
  case others
}

/// Who waits for a process, in the order they began to. All under that process's lock.
struct CallerList: ~Copyable {
  private unowned(unsafe) var first: Waiter?
  private unowned(unsafe) var last: Waiter?

  mutating func append(_ waiter: Waiter) {
    waiter.isCaller = true
    waiter.previousCaller = last
    waiter.nextCaller = nil
    if let last { last.nextCaller = waiter } else { first = waiter }
    last = waiter
  }

  mutating func remove(_ waiter: Waiter) {
    guard waiter.isCaller else { return }
    waiter.isCaller = false
    if let previous = waiter.previousCaller {
      previous.nextCaller = waiter.nextCaller
    } else {
      first = waiter.nextCaller
    }
    if let next = waiter.nextCaller {
      next.previousCaller = waiter.previousCaller
    } else {
      last = waiter.previousCaller
    }
  }

  /// Takes all out.
  mutating func removeAll() -> [Waiter] {
    var all: [Waiter] = []
    while let waiter = first {
      all.append(waiter)
      remove(waiter)
    }
    return all
  }
}
