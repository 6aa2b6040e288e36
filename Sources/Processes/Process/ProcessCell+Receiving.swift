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
    return deliver(node, restingOn: bond)
  }

  /// The same for a letter that is made already.
  @discardableResult
  func deliver(_ node: LetterNode, restingOn bond: Bond) -> Bool {
    let delivery = lock.withLock { () -> Mailbox.Delivery in
      guard exitReason == nil, use(bond) else { return .refused }
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
    case .link(let peer): deleteLink(peer)
    case .monitor(let ref): bonds?.monitors.remove(ref) != nil
    case .alias(let ref): bonds?.monitors[ref] != nil
    }
  }
}

// MARK: The process's own code

extension ProcessCell {
  /// Takes something out of the mailbox, waiting for it if need be. The process's own code.
  ///
  /// Always compiled into the caller: each asynchronous function on the way would cost a look at the task's
  /// executor when it goes on.
  ///
  /// - Parameter take: Looks through what is there and takes what it wants; nil when there is no such thing.
  /// - Returns: Nil after `timeout`.
  /// - Throws: `ProcessEnded` when the process dies meanwhile, and what `take` throws.
  @inlinable @inline(__always)
  func receive<Value>(
    timeout: Duration?, _ take: (inout Search) throws -> Value?
  ) async throws -> Value? {
    var search = beginSearch(timeout)
    if search.isOverdue { await _Concurrency.Task.yield() }
    while true {
      if let value = try take(&search) { return value }
      switch prepareToWait(&search) {
      case .letters: continue
      case .timeout: return nil
      case .ended: throw ProcessEnded()
      case nil: break
      }
      let wake = await suspend { park($0) }
      goOn(&search)
      if wake == .ended { throw ProcessEnded() }
    }
  }

  /// A search in the mailbox that goes on where it was when new letters come.
  @usableFromInline
  struct Search {
    private let cell: Unmanaged<ProcessCell>
    private var previous: LetterNode?
    fileprivate let deadline: Duration?
    fileprivate var timer: TimerRef?
    /// The process has received its share, and always had letters: others are to have their turn. It would
    /// never suspend, and keep its worker.
    @usableFromInline let isOverdue: Bool

    fileprivate init(_ cell: ProcessCell, deadline: Duration?, isOverdue: Bool) {
      self.cell = .passUnretained(cell)
      self.deadline = deadline
      self.isOverdue = isOverdue
    }

    /// The next letter that has not been looked at; nil when none is left.
    @usableFromInline
    mutating func next() -> LetterNode? {
      while let node = candidate {
        guard node.isTick else { return node }
        cell._withUnsafeGuaranteedRef { $0.take(node, after: previous) }
        node.destroy()
      }
      return nil
    }

    private var candidate: LetterNode? {
      if let previous { return previous.next }
      return cell._withUnsafeGuaranteedRef { $0.queue.first }
    }

    /// Leaves the next letter where it is.
    @usableFromInline
    mutating func pass(_ node: LetterNode) { previous = node }

    /// Takes the next letter out, which is the caller's own now.
    @usableFromInline
    mutating func take(_ node: LetterNode) {
      cell._withUnsafeGuaranteedRef { cell in
        cell.take(node, after: previous)
        cell.doneInTurn += 1
      }
    }

    /// Takes the first letter of which `match` makes something.
    @inlinable
    mutating func first<Value>(where match: (Letter) throws -> Value?) rethrows -> Value? {
      while let node = next() {
        if let value = try match(node.letter) {
          take(node)
          node.destroy()
          return value
        }
        pass(node)
      }
      return nil
    }
  }

  @usableFromInline
  func beginSearch(_ timeout: Duration?) -> Search {
    Search(self, deadline: timeout.map { runtime.now + $0 }, isOverdue: beginsTurn())
  }

  /// Whether the process's code is to let others have their turn now, and begin a new one.
  private func beginsTurn() -> Bool {
    guard doneInTurn >= runtime.budget else { return false }
    doneInTurn = 0
    return true
  }

  /// The process's code has spawned a process, or done something else of which it does much without ever leaving its
  /// thread; true when it is to let others have their turn.
  @usableFromInline
  func countStep() -> Bool {
    doneInTurn += 1
    return beginsTurn()
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
    doneInTurn = 0
    isParked.store(true, ordering: .releasing)
    receiver = continuation
    isResuming.store(true, ordering: .relaxed)
    // Not touched after it has become idle.
    if mailbox.pointee.rest() { return }
    receiver = nil
    isParked.store(false, ordering: .releasing)
    continuation.resume(returning: .letters)
    isResuming.store(false, ordering: .releasing)
  }

  /// The process's code goes on after a wait.
  @usableFromInline
  func goOn(_ search: inout Search) {
    // As in `Waiter.goOn`.
    while isResuming.load(ordering: .acquiring) { Lock.relax() }
    refill()
    if let timer = search.timer {
      runtime.timers.cancel(timer)
      search.timer = nil
    }
  }

  private func take(_ node: LetterNode, after previous: LetterNode?) {
    queue.remove(node, after: previous)
    countHandled()
  }

  /// Removes letters that have arrived already: all that are to go, or the first. The process's own code.
  func discardLetters(onlyFirst: Bool = false, where shouldDiscard: (Letter) -> Bool) {
    refill()
    var previous: LetterNode?
    while let node = previous.map(\.next) ?? queue.first {
      if shouldDiscard(node.letter) {
        take(node, after: previous)
        node.destroy()
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
    isParked.store(false, ordering: .releasing)
    let wake = isDead ? Wake.ended : .letters
    let isDone: Void? = Worker.withCurrent { $0.runAtOnce { resume(receiver, wake) } }
    if isDone == nil { resume(receiver, wake) }
  }

  func resume(_ receiver: UnsafeContinuation<Wake, Never>, _ wake: Wake) {
    receiver.resume(returning: wake)
    isResuming.store(false, ordering: .releasing)
  }
}
