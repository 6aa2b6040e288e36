/// What a process waits for, and who waits for it.
extension ProcessCell {
  /// Notes what the process is about to wait for; false when the process is dead.
  func begin(_ operation: Waiter) -> Bool {
    lock.withLock {
      guard exitReason == nil else { return false }
      if self.operation == nil {
        self.operation = operation
      } else {
        ensuredExtras.moreOperations.append(operation)
      }
      return true
    }
  }

  func end(_ operation: Waiter) {
    let ended = lock.withLock { () -> Waiter? in
      guard self.operation !== operation else {
        defer { self.operation = extras?.moreOperations.popLast() }
        return self.operation
      }
      extras?.moreOperations.removeAll { $0 === operation }
      return nil
    }
    // Released after the lock.
    _ = ended
  }

  /// Lets a pending operation end with this process; false when the process is dead.
  package func addCaller(_ caller: Waiter) -> Bool {
    lock.withLock {
      guard exitReason == nil else { return false }
      callers.append(caller)
      return true
    }
  }

  /// The caller no longer waits for an answer from this process.
  package func forget(caller: Waiter) {
    lock.withLock { callers.remove(caller) }
  }
}
