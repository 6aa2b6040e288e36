/// How waiting for something ended.
package enum Outcome<Value: Sendable>: Sendable {
  case value(Value)
  /// The process that was to answer ended, or was not there.
  case failed(ExitReason)
  case timedOut
  /// The waiting process itself was ended from outside; its code is to unwind.
  case ownerEnded
}

/// Something that a process waits for; ended with the process.
package protocol PendingOperation: AnyObject, Sendable {
  /// The waiting process died: lets its code go on, to unwind.
  func abandon()
  /// The process that was to answer ended.
  func fail(_ reason: ExitReason)
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
/// Invariants, all under `state`:
/// 1. The state goes open → waiting → done or open → done, and done is final.
/// 2. A continuation is resumed exactly once, by whoever moved the state to done.
/// 3. While the state is waiting, the owner is counted out or asleep, and somebody outside is known to
///    wait.
package final class Pending<Value: Sendable>: PendingOperation {
  private enum State: Sendable {
    case open
    case waiting(UnsafeContinuation<Outcome<Value>, Never>)
    case done(Outcome<Value>)
  }

  private let state = Locked(State.open)
  private let settlement: Settlement
  /// The process that waits; nil for code outside the runtime.
  private let owner: ProcessCell?
  private let purpose: Purpose

  package init(_ runtime: Runtime, owner: ProcessCell?, _ purpose: Purpose = .answer) {
    settlement = runtime.settlement
    self.owner = owner
    self.purpose = purpose
  }

  /// Settles the outcome.
  ///
  /// - Returns: Whether this was the first; else nothing happened.
  @discardableResult
  package func resolve(_ outcome: Outcome<Value>) -> Bool {
    state.withLock { state in
      switch state {
      case .done:
        return false
      case .open:
        state = .done(outcome)
        return true
      case .waiting(let waiter):
        state = .done(outcome)
        // Counted in before it can run, so that the count doesn't touch zero in between.
        countIn()
        // Under the lock, which the waiter passes through afterwards: it may go on before `resume` has
        // returned here, and what it does then comes after, visibly also for ThreadSanitizer.
        waiter.resume(returning: outcome)
        return true
      }
    }
  }

  package func abandon() { resolve(.ownerEnded) }
  package func fail(_ reason: ExitReason) { resolve(.failed(reason)) }

  var isDone: Bool {
    state.withLock { if case .done = $0 { true } else { false } }
  }

  /// Waits for the outcome. Once, by the owner.
  package func wait() async -> Outcome<Value> {
    if let owner, !owner.begin(self) { return .ownerEnded }
    defer { owner?.end(self) }
    var hasWaited = false
    let outcome = await withUnsafeContinuation { continuation in
      var isQuiet = false
      let early = state.withLock { state -> Outcome<Value>? in
        if case .done(let outcome) = state { return outcome }
        state = .waiting(continuation)
        // Under the lock: nobody can resolve, and count the owner in, before it was counted out.
        isQuiet = countOut()
        hasWaited = true
        return nil
      }
      if let early {
        continuation.resume(returning: early)
      } else if isQuiet {
        settlement.tellWaiters()
      }
    }
    if hasWaited { owner?.hasResumed() }
    state.withLock { _ in }
    return outcome
  }

  /// True when the system may be quiet: tell its waiters once no lock is held.
  private func countOut() -> Bool {
    switch (owner, purpose) {
    case (nil, .others): return false
    case (nil, _):
      settlement.beginOutsideWait()
      return settlement.isQuiet
    case (let owner?, .moment): return owner.beginSleep()
    case (let owner?, _): return owner.countOut()
    }
  }

  private func countIn() {
    owner?.beginPiece()
    switch (owner, purpose) {
    case (nil, .others): break
    case (nil, _): settlement.endOutsideWait()
    case (let owner?, .moment): owner.endSleep()
    case (let owner?, _): owner.countIn()
    }
  }
}
