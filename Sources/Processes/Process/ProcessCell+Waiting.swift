internal import Synchronization

/// What a process waits for, and who waits for it.
extension ProcessCell {
  /// What the process waits for, if it is one thing. Under the lock.
  private var operation: Unmanaged<Waiter>? { isWaiterFree ? nil : waiter }

  /// Whether `waiter` is kept for the next call. Under the lock.
  private var isWaiterFree: Bool {
    guard isWaiterKept, let waiter else { return false }
    return waiter._withUnsafeGuaranteedRef { $0.isFree.load(ordering: .acquiring) }
  }

  /// Notes what the process is about to wait for; false when the process is dead.
  ///
  /// Not retained: the code that waits holds it, until it says `end`.
  func begin(_ operation: Waiter) -> Bool {
    lock.acquire()
    guard exitReason == nil else {
      lock.release()
      return false
    }
    let spare = takeFreeWaiter()
    addLocked(operation)
    lock.release()
    spare.map(drop)
    return true
  }

  /// - Returns: Whether it is what the process waits for alone.
  @discardableResult
  private func addLocked(_ operation: Waiter) -> Bool {
    guard waiter == nil else {
      ensuredExtras.moreOperations.append(operation)
      return false
    }
    waiter = .passUnretained(operation)
    operation.isOnly = true
    return true
  }

  /// Under the lock; the caller is to drop it behind.
  func takeFreeWaiter() -> Unmanaged<Waiter>? {
    guard isWaiterFree else { return nil }
    isWaiterKept = false
    return waiter.take()
  }

  /// Lets a waiter go that was kept and is free. No lock is held.
  func drop(_ spare: Unmanaged<Waiter>) {
    spare._withUnsafeGuaranteedRef { waiter in
      waiter.leaveCallee()
      runtime.timers.unlimit(waiter)
    }
    spare.release()
  }

  func end(_ operation: Waiter) {
    lock.acquire()
    endLocked(operation)
    lock.release()
  }

  private func endLocked(_ operation: Waiter) {
    if operation.isOnly {
      waiter = nil
    } else {
      extras?.moreOperations.removeAll { $0 === operation }
    }
  }

  /// Begins a call of the process's own code.
  ///
  /// - Parameter limit: How long it may take. The waiter may be limited to it already, or not.
  /// - Returns: A waiter that is kept, or else one retained, for the call to let go.
  /// - Throws: `ProcessEnded` when the process is dead; `CallError` when there is nobody to call.
  func beginCall(
    to destination: borrowing Destination, as operation: ExitReason.CallOperation,
    within limit: Duration?
  ) throws -> Unmanaged<Waiter> {
    guard !isDead else { throw ProcessEnded() }
    let callee = try runtime.callee(destination, operation, limit, caller: pid)
    lock.acquire()
    if exitReason == nil, isWaiterFree, let waiter {
      // In this order. Whoever has found the waiter, among callers, in `waiter` or in the timers' wheel, has retained
      // it under the lock of that; so once it is on no list but this callee's, one look tells whether anybody has.
      // And if this callee's death has found it, the letter is refused.
      if waiter._withUnsafeGuaranteedRef({ $0.callee != callee }) {
        waiter._withUnsafeGuaranteedRef { waiter in
          waiter.leaveCallee()
          waiter.callee = callee
        }
      }
      if waiter.isUnique {
        waiter._withUnsafeGuaranteedRef { $0.renew(limit) }
        lock.release()
        return waiter
      }
    }
    return try beginCallAnewLocked(to: callee)
  }

  /// The same with another waiter than the last call's. Lets the lock go.
  @inline(never)
  private func beginCallAnewLocked(to callee: Callee) throws -> Unmanaged<Waiter> {
    guard exitReason == nil else {
      lock.release()
      throw ProcessEnded()
    }
    let spare = takeFreeWaiter()
    // That of a second call at the same time, of a child task, is not kept.
    let new = Waiter(
      runtime, owner: .passUnretained(self), purpose: .answer, isKept: waiter == nil)
    new.callee = callee
    let reference = Unmanaged.passRetained(new)
    if addLocked(new) { isWaiterKept = true }
    lock.release()
    spare.map(drop)
    return reference
  }

  /// The call is over, and so is the use of its waiter, which is on no list any more.
  func endCall(_ reference: Unmanaged<Waiter>) {
    lock.acquire()
    reference._withUnsafeGuaranteedRef { waiter in
      if waiter.isKept { isWaiterKept = false }
      endLocked(waiter)
    }
    lock.release()
    reference.release()
  }

  /// All that the process's code waits for.
  var operationsLocked: [Waiter] {
    var operations = extras?.moreOperations ?? []
    if let operation { operations.insert(operation.takeUnretainedValue(), at: 0) }
    return operations
  }

  /// The process's code is about to wait.
  func beginsToWait(for waiter: Waiter) {
    if waiter.purpose == .moment {
      sleepers.add(1, ordering: .sequentiallyConsistent)
    } else if waiter.isOnly {
      isCalling.store(true, ordering: .releasing)
    } else {
      otherWaits.add(1, ordering: .sequentiallyConsistent)
    }
  }

  /// It is about to go on.
  func endsToWait(for waiter: Waiter) {
    if waiter.purpose == .moment {
      sleepers.subtract(1, ordering: .sequentiallyConsistent)
    } else if waiter.isOnly {
      isCalling.store(false, ordering: .releasing)
    } else {
      otherWaits.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  /// Whether the process's code waits for an answer or a letter, or part of it does.
  var isWaiting: Bool {
    isCalling.load(ordering: .sequentiallyConsistent)
      || isParked.load(ordering: .sequentiallyConsistent)
      || otherWaits.load(ordering: .sequentiallyConsistent) > 0
  }

  /// Lets a pending operation end with this process; false when the process is dead.
  package func addCaller(_ caller: Waiter) -> Bool {
    mailbox.pointee.add(caller, to: pid.serial)
  }

  /// The caller no longer waits for this process.
  package func forget(caller: Waiter) { mailbox.pointee.forget(caller) }
}
