internal import Synchronization

/// How waiting for something ended.
package enum Outcome<Value: Sendable>: Sendable {
  case value(Value)
  /// The process that was to answer ended, or was not there.
  case failed(ExitReason)
  case timedOut
  /// The waiting process itself was ended from outside; its code is to unwind.
  case ownerEnded
}

/// Somebody who waits for another process, as that one and the waiting process itself know it.
///
/// The links make it an entry of the callee's list of callers, without memory or search for it.
///
/// `@unchecked Sendable`: the links are under the callee's lock.
package class Waiter: @unchecked Sendable {
  unowned(unsafe) fileprivate(set) final var nextCaller: Waiter?
  unowned(unsafe) fileprivate(set) final var previousCaller: Waiter?
  fileprivate(set) final var isCaller = false

  fileprivate init() {}

  deinit {
    precondition(!isCaller, "a caller that is still on its callee's list")
  }

  /// The waiting process died: lets its code go on, to unwind.
  func abandon() {}
  /// The process that was to answer ended.
  func fail(_ reason: ExitReason) {}
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

/// What is waited for, as far as settling and virtual time are concerned.
package enum Purpose {
  /// Somebody else's doing: a process that waits for it is not busy.
  case answer
  /// A moment: a process that sleeps is busy, but not awake.
  case moment
  /// That all others have settled; never a reason for virtual time to jump.
  case others
}

/// One answer that somebody waits for: a call's reply, a start's outcome, a sleep's end.
///
/// The first to resolve it wins; what comes later is dropped, which is how late replies vanish.
///
/// Invariants:
/// 1. `isResolved` is set once, by whoever then writes `outcome`.
/// 2. `state` goes open → waiting → done or open → done. The waiter writes `continuation` before it says
///    waiting, the resolver writes `outcome` before it says done, and each reads the other's after it has
///    seen that word. Who finds the state waiting resumes.
/// 3. While the state is waiting, the owner counts as waiting or asleep, and somebody outside is known to
///    wait.
package final class Pending<Value: Sendable>: Waiter, @unchecked Sendable {
  private enum State {
    static var open: UInt8 { 0 }
    static var waiting: UInt8 { 1 }
    static var done: UInt8 { 2 }
  }

  private let isResolved = Atomic(false)
  private let state = Atomic<UInt8>(State.open)
  /// Whoever resumed the waiter has come back from that.
  private let hasResumed = Atomic(false)
  private let purpose: Purpose
  @exclusivity(unchecked) private var outcome = Outcome<Value>.ownerEnded
  @exclusivity(unchecked) private var continuation: UnsafeContinuation<Void, Never>?
  /// The process that waits; nil for code outside the runtime.
  private let owner: ProcessCell?
  private let settlement: Settlement

  package init(_ runtime: Runtime, owner: ProcessCell?, _ purpose: Purpose = .answer) {
    settlement = runtime.settlement
    self.owner = owner
    self.purpose = purpose
    super.init()
  }

  /// Settles the outcome.
  ///
  /// - Returns: Whether this was the first; else nothing happened.
  @discardableResult
  package func resolve(_ outcome: Outcome<Value>) -> Bool {
    guard !isResolved.exchange(true, ordering: .acquiring) else { return false }
    self.outcome = outcome
    if state.exchange(State.done, ordering: .acquiringAndReleasing) == State.waiting {
      countIn()
      continuation?.resume()
      hasResumed.store(true, ordering: .releasing)
    }
    return true
  }

  override package func abandon() { resolve(.ownerEnded) }
  override package func fail(_ reason: ExitReason) { resolve(.failed(reason)) }

  /// Waits for the outcome. Once, by the owner.
  package func wait() async -> Outcome<Value> {
    if let owner, !owner.begin(self) { return .ownerEnded }
    if state.load(ordering: .acquiring) != State.done {
      await withUnsafeContinuation { continuation in
        self.continuation = continuation
        // Once it waits, it may be gone before this closure has ended.
        let outside = owner == nil ? settlement : nil
        // Before it can be resolved, and counted in again.
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
      // Outside, nothing but Swift's own runtime, into which ThreadSanitizer does not see, orders what
      // `resume` does before what comes here.
      if owner == nil {
        while !hasResumed.load(ordering: .acquiring) { Lock.relax() }
      }
    }
    owner?.end(self)
    return outcome
  }

  private func countOut() {
    switch (owner, purpose) {
    case (nil, .others): break
    case (nil, _): settlement.beginOutsideWait()
    case (let owner?, .moment): owner.sleepers.add(1, ordering: .sequentiallyConsistent)
    case (let owner?, _): owner.waits.add(1, ordering: .sequentiallyConsistent)
    }
  }

  private func countIn() {
    switch (owner, purpose) {
    case (nil, .others): break
    case (nil, _): settlement.endOutsideWait()
    case (let owner?, .moment): owner.sleepers.subtract(1, ordering: .sequentiallyConsistent)
    case (let owner?, _): owner.waits.subtract(1, ordering: .sequentiallyConsistent)
    }
  }
}
