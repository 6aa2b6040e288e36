internal import Synchronization

/// Somebody who waits for another process, as that one, a timer and the waiting process itself know it.
///
/// The first to end the wait wins; what comes later is dropped, which is how late replies vanish.
///
/// The links make it an entry of the callee's list of callers and of the timers' list, without memory or
/// search for either.
///
/// Invariants:
/// 1. The state is claimed once, by whoever then writes `ending` and `answer` before it says done.
/// 2. The waiter writes `continuation` before it says waiting. Who ends it finds that word, or leaves its own,
///    done, for the waiter to find: one of the two goes on.
/// 3. While the state is waiting, the owner counts as waiting or asleep, and somebody outside is known to
///    wait. Only then does anybody but the waiter's own code look at `owner` and `runtime`, which are there
///    as long as that code is; so neither is retained.
///
/// `@unchecked Sendable`: by these; the links are under the lock of the list they belong to.
@usableFromInline
package final class Waiter: @unchecked Sendable {
  /// How a wait ended that got no answer.
  @usableFromInline
  package enum Ending: Sendable {
    /// The process that was to answer ended, or was not there.
    case failed(ExitReason)
    case timedOut
    /// The waiting process itself was ended from outside; its code is to unwind.
    case ownerEnded
  }

  /// Open → waiting → done, and somebody claims the end at either; `claimed` and `claimedWaiting` are their
  /// counterparts then.
  private enum State {
    static var open: UInt8 { 0 }
    static var waiting: UInt8 { 1 }
    static var claimed: UInt8 { 2 }
    static var claimedWaiting: UInt8 { 3 }
    static var done: UInt8 { 4 }
  }

  private let state = Atomic<UInt8>(State.open)
  /// Whoever resumed the waiter has come back from that.
  private let hasResumed = Atomic(false)
  let purpose: Purpose
  /// It is its owner's `operation`, rather than one of several at a time. The waiter's own.
  @exclusivity(unchecked) var isOnly = false
  /// Its owner keeps it from one call to the next, in the timers' wheel and among the last callee's callers, too.
  let isKept: Bool
  /// Whether it is kept and in no call: said by the owner's code after one, and taken back under its lock.
  let isFree = Atomic(false)
  /// Whom it calls, or has called last, if it is kept. The waiter's own, as is the next.
  @exclusivity(unchecked) var callee: Callee?
  /// Whether it was put among the callers of that one.
  @exclusivity(unchecked) var wasPutAmongCallers = false
  @exclusivity(unchecked) package private(set) var ending = Ending.ownerEnded
  /// The value that the wait ended with, until it is taken.
  @exclusivity(unchecked) @usableFromInline var answer = Answer()
  @exclusivity(unchecked) private var continuation: UnsafeContinuation<Void, Never>?
  /// The process that waits; nil for code outside the runtime.
  let ownerReference: Unmanaged<ProcessCell>?
  /// In which there is what is waited for.
  let runtime: Unmanaged<Runtime>
  /// The same, if nobody else may hold it: the owner is of another, or outside.
  @exclusivity(unchecked) var heldRuntime: Runtime?

  /// Its place among who waits for the same process. Under the lock of the list.
  @exclusivity(unchecked) var callerLinks = Links()
  @exclusivity(unchecked) var isCaller = false
  /// Its place in the timers' wheel, and when it will be looked at there; never, when it is not in it. See
  /// `TimeoutWheel`, invariant 1, for these and the next.
  @exclusivity(unchecked) var timeoutLinks = Links()
  @exclusivity(unchecked) var lookAt = Int64.max
  /// When the wait is over; never, when it has no limit, or there is none.
  @exclusivity(unchecked) var deadline = Int64.max
  /// How long waits were when it was last put into the wheel, which is how long the next will be. The waiter's own.
  @exclusivity(unchecked) var usualLimit = Duration.zero
  @exclusivity(unchecked) var usualNanoseconds: Int64 = 0

  /// The timer that limits its time, if that is one of its own. The waiter's own.
  @exclusivity(unchecked) var timer: TimerRef?
  /// Whether the wheel has been given it since it was last taken out. The waiter's own.
  @exclusivity(unchecked) var isInWheel = false

  /// The neighbours in a list.
  struct Links {
    var next: Unmanaged<Waiter>?
    var previous: Unmanaged<Waiter>?
  }

  init(
    _ runtime: Runtime, owner: Unmanaged<ProcessCell>?, purpose: Purpose,
    isKept: Bool = false
  ) {
    self.isKept = isKept
    self.runtime = .passUnretained(runtime)
    ownerReference = owner
    self.purpose = purpose
  }

  var owner: ProcessCell? { ownerReference?.takeUnretainedValue() }

  /// Makes a waiter that is free and nobody else's ready for its owner's next call. Under the owner's lock.
  @inline(__always)
  func renew(_ limit: Duration?) {
    isFree.store(false, ordering: .relaxed)
    state.store(State.open, ordering: .relaxed)
    hasResumed.store(false, ordering: .relaxed)
    limitAgain(to: limit)
  }

  /// What is said of a waiter that is kept is said under its owner's lock.
  @inline(__always)
  func withOwnersLock<Result>(_ body: () -> Result) -> Result {
    guard isKept, let ownerReference else { return body() }
    return ownerReference._withUnsafeGuaranteedRef { $0.lock.withLock(body) }
  }

  /// Limits the next wait without a look at the wheel, if the wheel will look at the waiter in time. Under the
  /// owner's lock.
  @inline(__always)
  func limitAgain(to duration: Duration?) {
    deadline = .max
    guard let duration, duration == usualLimit else { return }
    let deadline = TimeoutWheel.deadline(after: usualNanoseconds)
    if lookAt <= deadline { self.deadline = deadline }
  }

  /// It ends with its last callee no longer. For a waiter in no call.
  func leaveCallee() {
    if wasPutAmongCallers { callee?.forget(self) }
    wasPutAmongCallers = false
    callee = nil
  }

  /// Whether its time is limited. The waiter's own.
  var isLimited: Bool { deadline != .max || timer != nil }

  deinit {
    precondition(!isCaller && lookAt == .max, "a waiter that is still on somebody's list")
    answer.drop()
  }

  /// Claims the right to end the wait: true for the first, who is to call `end` or `sayDone` next.
  @usableFromInline
  func claim() -> Bool {
    advance { $0 == State.open ? State.claimed : $0 == State.waiting ? State.claimedWaiting : nil }
  }

  func end(_ ending: consuming Ending) {
    self.ending = ending
    sayDone()
  }

  /// All is written; lets the waiter's code go on.
  @usableFromInline
  func sayDone() {
    if state.load(ordering: .acquiring) == State.claimedWaiting {
      // Nobody else writes any more.
      state.store(State.done, ordering: .releasing)
    } else {
      let old = state.exchange(State.done, ordering: .acquiringAndReleasing)
      guard old == State.claimedWaiting else { return }
    }
    countIn()
    guard let continuation else { return hasResumed.store(true, ordering: .releasing) }
    guard let worker = Worker.currentReference else {
      continuation.resume()
      return hasResumed.store(true, ordering: .releasing)
    }
    // No other worker is to have the job before this is done: it would have to wait in `goOn`.
    worker._withUnsafeGuaranteedRef { worker in
      let resumed = worker.collect { continuation.resume() }
      hasResumed.store(true, ordering: .releasing)
      if let (job, carrier) = resumed { worker.enqueue(job, of: carrier) }
    }
  }

  /// The waiting process died: lets its code go on, to unwind.
  func abandon() { if claim() { end(.ownerEnded) } }
  /// The process that was to answer ended.
  func fail(_ reason: ExitReason) { if claim() { end(.failed(reason)) } }
  package func timeOut() { if claim() { end(.timedOut) } }

  /// Ends the wait with a value.
  ///
  /// - Returns: Whether this was the first to end it; else nothing happened.
  @discardableResult
  @inlinable
  func resolve<Value: Sendable>(with value: consuming Value) -> Bool {
    guard claim() else { return false }
    answer.fill(with: value)
    sayDone()
    return true
  }

  /// Whether the wait ended with a value that has not been taken yet. For the owner.
  @usableFromInline
  var hasAnswer: Bool { !answer.isEmpty }

  /// Waits for the end of what `reference`, retained by the caller, stands for. Once, by the owner.
  ///
  /// Always compiled into the caller: each asynchronous function on the way would cost a look at the task's
  /// executor when it goes on.
  @inlinable @inline(__always)
  static func suspend(for reference: Unmanaged<Waiter>) async {
    if reference._withUnsafeGuaranteedRef({ $0.isDone }) { return }
    await Processes.suspend { continuation in
      reference._withUnsafeGuaranteedRef { $0.park(continuation) }
    }
    reference._withUnsafeGuaranteedRef { $0.goOn() }
  }

  @usableFromInline
  var isDone: Bool { state.load(ordering: .acquiring) == State.done }

  /// The waiter's code is about to leave its thread; resumes it at once if the end has come meanwhile.
  @usableFromInline
  func park(_ continuation: UnsafeContinuation<Void, Never>) {
    if beginsToWait(continuation), ownerReference == nil {
      // Nobody but a clock may be able to go on now.
      settlement._withUnsafeGuaranteedRef { if $0.isQuiet { $0.tellWaiters() } }
    }
  }

  /// The same for code of a process, which is not settled before it has left its thread.
  ///
  /// - Returns: False when the end has come already.
  @inline(__always)
  func beginsToWait(_ continuation: UnsafeContinuation<Void, Never>) -> Bool {
    self.continuation = continuation
    // Before it can be ended, and counted in again.
    countOut()
    if sayWaiting() { return true }
    countIn()
    continuation.resume()
    hasResumed.store(true, ordering: .releasing)
    return false
  }

  /// False when all is done.
  private func sayWaiting() -> Bool {
    advance { $0 == State.open ? State.waiting : $0 == State.claimed ? State.claimedWaiting : nil }
  }

  /// Moves on to the next state; false when there is none.
  @inline(__always)
  private func advance(_ next: (UInt8) -> UInt8?) -> Bool {
    var old = state.load(ordering: .acquiring)
    while let new = next(old) {
      let (exchanged, original) = state.weakCompareExchange(
        expected: old, desired: new, ordering: .acquiringAndReleasing)
      if exchanged { return true }
      old = original
    }
    return false
  }

  /// The waiter's code goes on.
  @usableFromInline
  func goOn() {
    // Whoever resumed may still be on its way out of `resume`, which looks at this code's frame: outside of
    // the runtime, or if it came before this code had left its thread. Nothing but Swift's own runtime
    // orders that, and ThreadSanitizer does not see into it.
    while !hasResumed.load(ordering: .acquiring) { Lock.relax() }
  }

  private var settlement: Unmanaged<Settlement> {
    runtime._withUnsafeGuaranteedRef { .passUnretained($0.settlement) }
  }

  private func countOut() {
    if let ownerReference {
      ownerReference._withUnsafeGuaranteedRef { $0.beginsToWait(for: self) }
    } else if purpose != .others {
      settlement._withUnsafeGuaranteedRef { $0.beginOutsideWait() }
    }
  }

  private func countIn() {
    if let ownerReference {
      ownerReference._withUnsafeGuaranteedRef { $0.endsToWait(for: self) }
    } else if purpose != .others {
      settlement._withUnsafeGuaranteedRef { $0.endOutsideWait() }
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
