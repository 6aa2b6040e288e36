internal import Synchronization

/// How a process dies.
extension ProcessCell {
  /// What a dead process leaves to be told to others.
  struct Estate: ~Copyable {
    var identity: ProcessIdentity
    var wasAnnounced: Bool
    /// It died before it could say whether it had started.
    var wasStarting: Bool
    var name: String?
    /// The parent, if it was linked with that.
    var linkedParent: PID?
    var bonds: Bonds?
    var callers: [Waiter]
    /// What its own code still waits for.
    var operations: [Waiter]
    var carrier: Carrier?
    /// Nobody runs it, and nobody else will.
    var wasIdle: Bool
    /// What was in the mailbox.
    var letters: LetterNode?
    /// What the settlement still counts of it.
    var share: Settlement.Share

    /// Whether nobody is to be told of anything.
    var isNobodys: Bool {
      bonds == nil && linkedParent == nil && callers.isEmpty && share == .none
    }
  }

  /// Ends a process of one function that has come to its end, if it leaves nothing to anybody: then nobody is to be
  /// told, and nothing to be let go of. False when there is more to it, or it is dead.
  func endPlainly() -> Bool {
    lock.acquire()
    guard exitReason == nil, hasAnnounced, !isLinkedToParent, bonds == nil, tags == nil,
      supervision == nil, extras == nil, waiter == nil, carrier == nil, share == .none
    else {
      lock.release()
      return false
    }
    let (_, letters) = closeLocked(.normal)
    let callers = mailbox.pointee.hasCallers ? mailbox.pointee.takeCallers() : nil
    lock.release()
    destroy(letters)
    queue.removeAll()
    runtime.tellOfPlainEnd(of: self)
    // Neither the process nor its runtime is looked at any more: nothing else may hold them.
    runtime.forget(self, hasEndedPlainly: true)
    callers?.forEach { $0.fail(.normal) }
    return true
  }

  /// From now on it is dead to everybody.
  private func closeLocked(_ reason: ExitReason) -> (wasIdle: Bool, letters: LetterNode?) {
    exitReason = reason
    dead.store(true, ordering: .releasing)
    return mailbox.pointee.close()
  }

  private func destroy(_ youngest: LetterNode?) {
    var letter = youngest
    while let node = letter {
      letter = node.next
      node.destroy()
    }
  }

  /// Makes the process dead to everybody; nil when it already was.
  func die(_ reason: ExitReason) -> Estate? {
    lock.acquire()
    guard exitReason == nil else {
      lock.release()
      return nil
    }
    let spare = takeFreeWaiter()
    let (wasIdle, letters) = closeLocked(reason)
    let estate = Estate(
      identity: identityLocked,
      wasAnnounced: hasAnnounced,
      wasStarting: isStarting,
      name: tags?.name,
      linkedParent: isLinkedToParent ? parent : nil,
      bonds: bonds.take(),
      callers: mailbox.pointee.takeCallers(),
      operations: operationsLocked,
      carrier: carrier,
      wasIdle: wasIdle,
      letters: letters,
      share: share)
    if share != .none {
      share = .none
      hasShare.store(false, ordering: .sequentiallyConsistent)
    }
    isLinkedToParent = false
    lock.release()
    if let spare { drop(spare) }
    return estate
  }

  /// Lets what is left of the code go on, to unwind, and drops the letters. No lock is held.
  ///
  /// - Parameter hasFinished: The code has ended by itself.
  func unwind(_ estate: borrowing Estate, hasFinished: Bool) {
    if !hasFinished {
      estate.carrier?.task?.cancel()
      // The worker, too, is to know that what it runs is dead.
      runtime.scheduler.carrier(running: self)?.task?.cancel()
    }
    destroy(estate.letters)
    for operation in estate.operations { operation.abandon() }
    guard estate.wasIdle else { return }
    if let receiver {
      self.receiver = nil
      isParked.store(false, ordering: .releasing)
      resume(receiver, .ended)
    } else {
      endUnrun()
    }
  }
}
