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

/// One answer that somebody waits for: a call's reply, a start's outcome, a sleep's end.
///
/// The first to resolve it wins; what comes later is dropped, which is how late replies vanish.
///
/// Invariants, all under `state`:
/// 1. The state goes open → waiting → done or open → done, and done is final.
/// 2. A continuation is resumed exactly once, by whoever moved the state to done.
/// 3. While the state is waiting, an owner that does not count as busy is counted out.
package final class Pending<Value: Sendable>: PendingOperation {
  private enum State: Sendable {
    case open
    case waiting(UnsafeContinuation<Outcome<Value>, Never>)
    case done(Outcome<Value>)
  }

  private let state = Locked(State.open)
  /// The process that waits; nil for code outside the runtime.
  private let owner: ProcessCell?
  /// Whether the owner counts as busy while it waits: it sleeps, rather than depends on others.
  private let countsAsBusy: Bool

  package init(owner: ProcessCell?, countsAsBusy: Bool = false) {
    self.owner = owner
    self.countsAsBusy = countsAsBusy
  }

  /// Settles the outcome.
  ///
  /// - Returns: Whether this was the first; else nothing happened.
  @discardableResult
  package func resolve(_ outcome: Outcome<Value>) -> Bool {
    let (isFirst, waiter) = state.withLock {
      state -> (Bool, UnsafeContinuation<Outcome<Value>, Never>?) in
      switch state {
      case .done:
        return (false, nil)
      case .open:
        state = .done(outcome)
        return (true, nil)
      case .waiting(let waiter):
        state = .done(outcome)
        return (true, waiter)
      }
    }
    if let waiter {
      // Busy again before it can run, so that the count doesn't touch zero in between.
      if !countsAsBusy { owner?.countIn() }
      waiter.resume(returning: outcome)
    }
    return isFirst
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
    return await withUnsafeContinuation { continuation in
      var isSettled = false
      let early = state.withLock { state -> Outcome<Value>? in
        if case .done(let outcome) = state { return outcome }
        state = .waiting(continuation)
        // Under the lock: nobody can resolve, and count the owner in, before it was counted out.
        if !countsAsBusy, let owner { isSettled = owner.countOut() }
        return nil
      }
      if let early {
        continuation.resume(returning: early)
      } else if isSettled {
        owner?.runtime.settlement.tellWaiters()
      }
    }
  }
}
