internal import Synchronization

/// What a process waits for, and who waits for it.
extension Unmanaged {
  /// Whether nobody but its holder holds the object, without counting up and down to find out.
  fileprivate var isUnique: Bool {
    var reference = self
    return withUnsafeMutableBytes(of: &reference) { bytes in
      // A reference, unmanaged or not, is an address.
      isKnownUniquelyReferenced(&bytes.assumingMemoryBound(to: Instance.self)[0])
    }
  }
}

extension ProcessCell {
  /// What the process waits for, if it is one thing. Under the lock.
  private var operation: Unmanaged<Waiter>? { isWaiterSpare ? nil : waiter }

  /// Notes what the process is about to wait for; false when the process is dead.
  ///
  /// Not retained: the code that waits holds it, until it says `end`.
  func begin(_ operation: Waiter) -> Bool {
    lock.acquire()
    guard exitReason == nil else {
      lock.release()
      return false
    }
    let spare = takeSpareWaiter()
    if waiter == nil {
      waiter = .passUnretained(operation)
      operation.isOnly = true
    } else {
      ensuredExtras.moreOperations.append(operation)
    }
    lock.release()
    spare.map(drop)
    return true
  }

  /// Under the lock; the caller is to drop it behind.
  func takeSpareWaiter() -> Unmanaged<Waiter>? {
    guard isWaiterSpare else { return nil }
    isWaiterSpare = false
    return waiter.take()
  }

  /// Lets a spare waiter go. No lock is held.
  func drop(_ spare: Unmanaged<Waiter>) {
    spare._withUnsafeGuaranteedRef { runtime.timers.unlimit($0) }
    spare.release()
  }

  func end(_ operation: Waiter) {
    lock.acquire()
    if operation.isOnly {
      waiter = nil
    } else {
      extras?.moreOperations.removeAll { $0 === operation }
    }
    lock.release()
  }

  /// Begins a call of the process's own code; nil when the process is dead.
  ///
  /// - Parameter limit: How long it may take. The waiter may be limited to it already, or not.
  func beginCall(within limit: Duration?) -> Waiter? {
    lock.acquire()
    if isWaiterSpare, let waiter, exitReason == nil {
      // From now on the call holds it.
      isWaiterSpare = false
      if let limit { waiter._withUnsafeGuaranteedRef { $0.limitAgain(to: limit) } }
      lock.release()
      return waiter.takeRetainedValue()
    }
    lock.release()
    let waiter = Waiter(runtime, owner: .passUnretained(self), purpose: .answer, isKept: true)
    return begin(waiter) ? waiter : nil
  }

  /// The call is over. Keeps the waiter for the next.
  ///
  /// - Parameter reference: Retained by the call.
  func endCall(_ reference: Unmanaged<Waiter>) {
    lock.acquire()
    reference._withUnsafeGuaranteedRef { $0.deadline = .max }
    // Under the lock: whoever has found the waiter, in `waiter` or in the timers' wheel, has retained it under it.
    if waiter?.toOpaque() == reference.toOpaque(), exitReason == nil, reference.isUnique {
      isWaiterSpare = true
      reference._withUnsafeGuaranteedRef { $0.renew() }
      return lock.release()
    }
    lock.release()
    reference._withUnsafeGuaranteedRef {
      runtime.timers.unlimit($0)
      end($0)
    }
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
