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
  }

  /// Makes the process dead to everybody; nil when it already was.
  func die(_ reason: ExitReason) -> Estate? {
    lock.acquire()
    guard exitReason == nil else {
      lock.release()
      return nil
    }
    exitReason = reason
    let spare = takeFreeWaiter()
    dead.store(true, ordering: .releasing)
    let (wasIdle, letters) = mailbox.pointee.close()
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
    share = .none
    hasShare.store(false, ordering: .sequentiallyConsistent)
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
    var letter = estate.letters
    while let node = letter {
      letter = node.next
      node.destroy()
    }
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
