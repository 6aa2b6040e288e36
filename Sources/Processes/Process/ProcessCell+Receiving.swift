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
    case .link(let peer): links.remove(peer)
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
  @inlinable @inline(__always)
  func receive<Value>(
    timeout: Duration?, _ match: (Letter) throws -> Value?
  ) async throws -> Value? {
    var search = beginSearch(timeout)
    if search.isOverdue { await _Concurrency.Task.yield() }
    while true {
      if let value = try search(self, match) { return value }
      switch prepareToWait(&search) {
      case .letters: continue
      case .timeout: return nil
      case .ended: throw ProcessEnded()
      case nil: break
      }
      let wake = await withUnsafeContinuation { park($0) }
      goOn(&search)
      if wake == .ended { throw ProcessEnded() }
    }
  }

  /// A search in the mailbox that goes on where it was when new letters come.
  @usableFromInline
  struct Search {
    fileprivate var previous: LetterNode?
    fileprivate let deadline: Duration?
    fileprivate var timer: TimerRef?
    /// The process has received its share, and always had letters: others are to have their turn. It would
    /// never suspend, and keep its worker.
    @usableFromInline let isOverdue: Bool

    /// Takes the first letter that `match` accepts out of those that are there.
    @usableFromInline
    mutating func callAsFunction<Value>(
      _ cell: ProcessCell, _ match: (Letter) throws -> Value?
    ) rethrows -> Value? {
      while let node = previous.map(\.next) ?? cell.queue.first {
        let letter = node.letter
        if case .system(.tick) = letter.content {
          cell.drop(node, after: previous)
          continue
        }
        if let value = try match(letter) {
          cell.drop(node, after: previous)
          cell.receivedInTurn += 1
          return value
        }
        previous = node
      }
      return nil
    }
  }

  @usableFromInline
  func beginSearch(_ timeout: Duration?) -> Search {
    let isOverdue = receivedInTurn >= runtime.budget
    if isOverdue { receivedInTurn = 0 }
    return Search(deadline: timeout.map { runtime.now + $0 }, isOverdue: isOverdue)
  }

  /// What there is instead of a wait; nil when the code has to `park`.
  @usableFromInline
  func prepareToWait(_ search: inout Search) -> Wake? {
    if isDead { return .ended }
    if refill() { return .letters }
    guard let deadline = search.deadline else { return nil }
    // Erlang's `after 0`: looks at what is there, and does not wait for a timer.
    if deadline <= runtime.now { return .timeout }
    // A timer that fires late, into a later wait, only makes that one look at its own deadline.
    search.timer = runtime.timers.schedule(after: deadline - runtime.now) { [self] in
      deliver(.system(.tick), cause: nil)
    }
    return nil
  }

  /// The process's code has left its thread, to wait for a letter.
  @usableFromInline
  func park(_ continuation: UnsafeContinuation<Wake, Never>) {
    receivedInTurn = 0
    waits.add(1, ordering: .sequentiallyConsistent)
    receiver = continuation
    isResuming.store(true, ordering: .relaxed)
    // Not touched after it has become idle.
    if mailbox.pointee.rest() { return }
    receiver = nil
    waits.subtract(1, ordering: .sequentiallyConsistent)
    continuation.resume(returning: .letters)
    isResuming.store(false, ordering: .releasing)
  }

  /// The process's code goes on after a wait.
  @usableFromInline
  func goOn(_ search: inout Search) {
    // As in `Waiter.goOn`.
    while isResuming.load(ordering: .acquiring) { Lock.relax() }
    if let timer = search.timer { runtime.timers.cancel(timer) }
    search.timer = nil
  }

  fileprivate func drop(_ node: LetterNode, after previous: LetterNode?) {
    queue.remove(node, after: previous)
    node.destroy()
    countHandled()
  }

  /// Removes letters that have arrived already: all that are to go, or the first. The process's own code.
  func discardLetters(onlyFirst: Bool = false, where shouldDiscard: (Letter) -> Bool) {
    refill()
    var previous: LetterNode?
    while let node = previous.map(\.next) ?? queue.first {
      if shouldDiscard(node.letter) {
        drop(node, after: previous)
        if onlyFirst { return }
      } else {
        previous = node
      }
    }
  }

  /// Whether a letter waits to be handled. The process's own code.
  package var hasLetters: Bool { !queue.isEmpty || mailbox.pointee.hasLetters }

  /// Whether the process's code waits in `receive`. Whoever is to run the process.
  var isReceiving: Bool { receiver != nil }

  /// Lets the code go on that waits in `receive`. Whoever is to run the process.
  func resumeReceiver() {
    guard let receiver else { return }
    self.receiver = nil
    waits.subtract(1, ordering: .sequentiallyConsistent)
    let wake = isDead ? Wake.ended : .letters
    if let worker = Worker.current {
      worker.runAtOnce { resume(receiver, wake) }
    } else {
      resume(receiver, wake)
    }
  }

  func resume(_ receiver: UnsafeContinuation<Wake, Never>, _ wake: Wake) {
    receiver.resume(returning: wake)
    isResuming.store(false, ordering: .releasing)
  }
}
