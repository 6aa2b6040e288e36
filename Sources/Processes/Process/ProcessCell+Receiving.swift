internal import Synchronization

/// How letters reach a process, and how its code receives them.
extension ProcessCell {
  /// What a letter about a death rests on. It is used up by the delivery, in one step, so that
  /// nothing new arrives once `unlink` or `demonitor` has returned.
  enum Bond {
    case link(PID), monitor(MonitorRef)
    /// An active monitor lets a message in and is not used up by it: Erlang's alias.
    case alias(MonitorRef)
  }

  /// Puts a letter into the mailbox; false when the process is dead or the bond is gone.
  @discardableResult
  func deliver(
    _ content: Letter.Content, cause: EventNumber?, restingOn bond: Bond? = nil
  ) -> Bool {
    let node = LetterNode(content, cause: cause)
    guard let bond else { return post(node) }
    let delivery = lock.withLock { () -> Mailbox.Delivery in
      guard exitReason == nil, use(bond) else { return .refused }
      return mailbox.pointee.deliver(node, to: pid.serial)
    }
    return settle(delivery, of: node)
  }

  /// The same for a caller who waits for the answer: it ends with the process, unless it is forgotten.
  func deliver(_ node: LetterNode, from caller: Waiter) -> Bool {
    let delivery = lock.withLock { () -> Mailbox.Delivery in
      guard exitReason == nil else { return .refused }
      callers.append(caller)
      return mailbox.pointee.deliver(node, to: pid.serial)
    }
    return settle(delivery, of: node)
  }

  func post(_ node: LetterNode) -> Bool {
    settle(mailbox.pointee.deliver(node, to: pid.serial), of: node)
  }

  private func settle(_ delivery: Mailbox.Delivery, of node: LetterNode) -> Bool {
    switch delivery {
    case .refused:
      node.destroy()
      return false
    case .accepted: return true
    case .acceptedByIdle:
      runtime.scheduler.enqueue(.process(self))
      return true
    }
  }

  private func use(_ bond: Bond) -> Bool {
    switch bond {
    case .link(let peer): links.remove(peer) != nil
    case .monitor(let ref): monitors.removeValue(forKey: ref) != nil
    case .alias(let ref): monitors[ref] != nil
    }
  }
}

// MARK: The process's own code

extension ProcessCell {
  /// Takes the first letter that `match` accepts, waiting for one if need be. The process's own code.
  ///
  /// - Returns: Nil after `timeout`.
  /// - Throws: `ProcessEnded` when the process dies meanwhile, and what `match` throws.
  func receive<Value>(
    timeout: Duration?, _ match: (Letter) throws -> Value?
  ) async throws -> Value? {
    var previous: LetterNode?
    let deadline = timeout.map { runtime.now + $0 }
    if receivedInTurn >= runtime.budget { await giveTurn() }
    while true {
      while let node = previous.map(\.next) ?? queue.first {
        let letter = node.letter
        if case .system(.tick) = letter.content {
          drop(node, after: previous)
          continue
        }
        if let value = try match(letter) {
          drop(node, after: previous)
          receivedInTurn += 1
          return value
        }
        previous = node
      }
      switch await waitForLetters(until: deadline) {
      case .letters: continue
      case .timeout: return nil
      case .ended: throw ProcessEnded()
      }
    }
  }

  private func drop(_ node: LetterNode, after previous: LetterNode?) {
    queue.remove(node, after: previous)
    node.destroy()
    countHandled()
  }

  /// Lets others go on, when this process has received its share: one that always has letters would
  /// never suspend, and keep its worker.
  private func giveTurn() async {
    receivedInTurn = 0
    await _Concurrency.Task.yield()
  }

  /// Removes letters that have arrived already. The process's own code.
  func discardLetters(where shouldDiscard: (Letter) -> Bool) {
    refill()
    var previous: LetterNode?
    while let node = previous.map(\.next) ?? queue.first {
      if shouldDiscard(node.letter) {
        drop(node, after: previous)
      } else {
        previous = node
      }
    }
  }

  /// Whether a letter waits to be handled. The process's own code.
  package var hasLetters: Bool { !queue.isEmpty || mailbox.pointee.hasLetters }

  private func waitForLetters(until deadline: Duration?) async -> Wake {
    while true {
      if isDead { return .ended }
      if refill() { return .letters }
      // Erlang's `after 0`: looks at what is there, and does not wait for a timer.
      if let deadline, deadline <= runtime.now { return .timeout }
      // A timer that fires late, into a later wait, only makes that one look at its own deadline.
      let timer = deadline.map { deadline in
        runtime.timers.schedule(after: deadline - runtime.now) { [self] in
          deliver(.system(.tick), cause: nil)
        }
      }
      let wake = await withUnsafeContinuation { (continuation: UnsafeContinuation<Wake, Never>) in
        waits.add(1, ordering: .sequentiallyConsistent)
        receiver = continuation
        // Not touched after it has become idle.
        if mailbox.pointee.rest() { return }
        receiver = nil
        waits.subtract(1, ordering: .sequentiallyConsistent)
        continuation.resume(returning: .letters)
      }
      if let timer { runtime.timers.cancel(timer) }
      if wake == .ended { return .ended }
    }
  }

  /// Whether the process's code waits in `receive`. Whoever is to run the process.
  var isReceiving: Bool { receiver != nil }

  /// Lets the code go on that waits in `receive`. Whoever is to run the process.
  func resumeReceiver() {
    guard let receiver else { return }
    self.receiver = nil
    waits.subtract(1, ordering: .sequentiallyConsistent)
    let wake = isDead ? Wake.ended : .letters
    if let worker = Worker.current {
      worker.runAtOnce { receiver.resume(returning: wake) }
    } else {
      receiver.resume(returning: wake)
    }
  }
}
