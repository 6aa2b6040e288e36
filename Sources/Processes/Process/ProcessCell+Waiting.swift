internal import Synchronization

/// What a process waits for, and who waits for it.
extension ProcessCell {
  /// Notes what the process is about to wait for; false when the process is dead.
  ///
  /// Not retained: the code that waits holds it, until it says `end`.
  func begin(_ operation: Waiter) -> Bool {
    lock.withLock {
      guard exitReason == nil else { return false }
      if self.operation == nil {
        self.operation = .passUnretained(operation)
      } else {
        ensuredExtras.moreOperations.append(operation)
      }
      return true
    }
  }

  func end(_ operation: Waiter) {
    lock.acquire()
    if let current = self.operation,
      current.toOpaque() == Unmanaged.passUnretained(operation).toOpaque()
    {
      self.operation = nil
    } else {
      extras?.moreOperations.removeAll { $0 === operation }
    }
    lock.release()
  }

  /// All that the process's code waits for.
  var operationsLocked: [Waiter] {
    var operations = extras?.moreOperations ?? []
    if let operation { operations.insert(operation.takeUnretainedValue(), at: 0) }
    return operations
  }

  /// Another wait of the process's code, or one less.
  func countWait(_ purpose: Purpose, by difference: Int) {
    if purpose == .moment {
      sleepers.add(difference, ordering: .sequentiallyConsistent)
    } else {
      waits.add(difference, ordering: .sequentiallyConsistent)
    }
  }

  /// Lets a pending operation end with this process; false when the process is dead.
  package func addCaller(_ caller: Waiter) -> Bool {
    mailbox.pointee.add(caller, to: pid.serial)
  }

  /// The caller no longer waits for this process.
  package func forget(caller: Waiter) { mailbox.pointee.forget(caller) }
}
