internal import Synchronization

/// How a process runs: on a worker, letter by letter.
extension ProcessCell {
  /// What a turn has left to do, for `run`.
  enum Remains {
    /// Nothing: the process rests, or waits for its next turn.
    case nothing
    /// It is to begin, or it is dead.
    case other
    case letter(LetterNode)
    case unfinished(LetterContinuation)
  }

  /// Runs on a worker, as far as that goes without an `await`.
  func runNow() -> Remains {
    switch code {
    // Lent, not copied. Nobody looks at it after the process has become idle, when another may put other code there.
    case .step(let step): return hasBegun && !isBeginning ? takeSteps(step) : .other
    case .directFunction: break
    default: return .other
    }
    return hasBegun || isDead ? .other : runDirectly()
  }

  /// Has letter after letter take the short way.
  @inline(__always)
  private func takeSteps(_ step: LetterStep) -> Remains {
    let (me, body, budget) = (Unmanaged.passUnretained(self), bodyAddress, runtime.budget)
    var handled = 0
    // The first is counted with the turn.
    defer { if handled > 1 { Worker.withCurrent { $0.countDone(handled - 1) } } }
    while !isDead {
      guard let letter = nextLetter() else {
        // Not touched after it has become idle: somebody else may have ended it.
        if mailbox.pointee.rest() { return .nothing }
        continue
      }
      switch step(letter, me, body) {
      case .handled: break
      case .untouched: return .letter(letter)
      case .unfinished(let continuation): return .unfinished(continuation)
      }
      handled += 1
      if handled == budget {
        runtime.scheduler.enqueueLast(.process(self))
        return .nothing
      }
    }
    return .other
  }

  /// Runs a process that is one function without `async`, from beginning to end.
  private func runDirectly() -> Remains {
    hasBegun = true
    do {
      try callDirectFunction()
      if !endPlainly() { finishNow(.normal) }
    } catch {
      finishNow(ExitReason(escaping: error))
    }
    return .nothing
  }

  /// What the function has captured is let go of here, as long as the process is there.
  @inline(never)
  private func callDirectFunction() throws {
    guard let function = takeDirectFunction() else { return }
    try function(ProcessContext(cell: self))
  }

  /// Runs on a worker: starts the body or hands it letters, until none is left or the turn is over.
  func run(_ remains: Remains, on carrier: Carrier) async {
    let context = ProcessContext(cell: self)
    // Here and not in a function of its own, which would be one more with `async`: a fifth of a short life.
    if !hasBegun, !isDead {
      hasBegun = true
      if let body = function {
        do {
          try await body(context)
          return finish(.normal, on: carrier)
        } catch {
          return finish(ExitReason(escaping: error), on: carrier)
        }
      }
      if let reason = await body?.start(context) { return finish(reason, on: carrier) }
    } else if isBeginning, let continuation = extras?.continuation {
      isBeginning = false
      extras?.continuation = nil
      if let reason = await continuation(context, bodyAddress) {
        return finish(reason, on: carrier)
      }
    }
    if let reason = await finish(remains, context) { return finish(reason, on: carrier) }
    var handled = 0
    while !isDead {
      guard let letter = nextLetter() else {
        // Not touched after it has become idle: somebody else may have ended it.
        if rest(on: carrier) { return }
        continue
      }
      if let reason = await finish(take(letter), context) { return finish(reason, on: carrier) }
      handled += 1
      if handled == runtime.budget {
        leave(carrier)
        return runtime.scheduler.enqueueLast(.process(self))
      }
    }
    end(on: carrier)
  }

  /// The function with `async` that it is.
  private var function: (@Sendable (ProcessContext) async throws -> Void)? {
    switch code {
    case .function(let function): function
    default: nil
    }
  }

  /// Takes the short way, as far as it leads.
  private func take(_ letter: LetterNode) -> Remains {
    let outcome =
      switch code {
      case .step(let step): step(letter, .passUnretained(self), bodyAddress)
      default: LetterOutcome.untouched
      }
    return switch outcome {
    case .handled: .nothing
    case .untouched: .letter(letter)
    case .unfinished(let continuation): .unfinished(continuation)
    }
  }

  private func finish(_ remains: Remains, _ context: ProcessContext) async -> ExitReason? {
    switch remains {
    case .nothing, .other: nil
    case .letter(let letter): await body?.handle(letter, context)
    case .unfinished(let continuation): await continuation(context, bodyAddress)
    }
  }

  /// Begins on the stack of whoever starts it, in the middle of that one's own code.
  ///
  /// - Returns: How that went; nil when it died meanwhile.
  func beginNow(_ begin: () -> Beginning) -> Beginning? {
    hasBegun = true
    let starter = CurrentProcess.reference
    CurrentProcess.reference = .passUnretained(self)
    let beginning = isDead ? nil : begin()
    CurrentProcess.reference = starter
    guard let beginning, !isDead else {
      endUnrun()
      return nil
    }
    switch beginning {
    case .begun:
      if !mailbox.pointee.rest() { runtime.scheduler.enqueueLast(.process(self)) }
    case .unfinished(let continuation):
      lock.withLock { ensuredExtras.continuation = continuation }
      isBeginning = true
      runtime.scheduler.enqueueLast(.process(self))
    // The starter may be dead, and the worker not count any more.
    case .ignored: runtime.settlement.act { finishNow(.normal) }
    case .failed(let reason): runtime.settlement.act { finishNow(reason) }
    }
    return beginning
  }

  private func finishNow(_ reason: ExitReason) {
    runtime.end(self, reason, cause: cause, hasFinished: true)
    endUnrun()
  }

  @inline(__always)
  private func nextLetter() -> LetterNode? {
    guard let letter = queue.popFirst() ?? refillAndTakeFirst() else { return nil }
    countHandled()
    causeNumber = letter.cause
    return letter
  }

  /// Takes over what has arrived, and the first of it out.
  @inline(__always)
  private func refillAndTakeFirst() -> LetterNode? {
    guard case .letters(let youngest) = mailbox.pointee.takeAll() else { return nil }
    // As most of the time: it is alone.
    if youngest.next == nil {
      mailbox.pointee.countTaken(1)
      return youngest
    }
    takeOver(youngest)
    return queue.popFirst()
  }

  private func takeOver(_ youngest: LetterNode) {
    mailbox.pointee.countTaken(queue.append(youngestFirst: youngest))
  }

  func countHandled(_ count: Int = 1) {
    // Written by the process's own code only, so no read-modify-write.
    handledCount.store(handledCount.load(ordering: .relaxed) + count, ordering: .relaxed)
  }

  /// Takes over what has arrived; true when that was anything.
  @discardableResult
  func refill() -> Bool {
    guard case .letters(let youngest) = mailbox.pointee.takeAll() else { return false }
    takeOver(youngest)
    return true
  }

  /// Rests until the next letter; false when one has come in the meantime, or death.
  private func rest(on carrier: Carrier) -> Bool {
    leave(carrier)
    return mailbox.pointee.rest()
  }

  private func finish(_ reason: ExitReason, on carrier: Carrier) {
    // The code has ended by itself: what is left is not a zombie.
    leave(carrier)
    runtime.end(self, reason, cause: cause, hasFinished: true)
    end(on: carrier)
  }

  /// Ends what is left of a dead process, whose code has ended.
  private func end(on carrier: Carrier) {
    leave(carrier)
    endUnrun()
  }

  /// Ends what is left of a dead process that no code runs of.
  func endUnrun() {
    queue.removeAll()
    runtime.forget(self, hasEndedPlainly: false)
  }
}

// MARK: Suspended handlers

extension ProcessCell {
  /// A piece of the process's code has left its thread: it has suspended, or ended.
  func leftThread(on carrier: Carrier) {
    // As most of the time: it waits for an answer or a letter again. That was said before a compare-and-swap, of the
    // waiter or the mailbox, and the share is looked at after it; who announces a share looks for a wait after that.
    if carrier.isKnown.load(ordering: .relaxed),
      sleepers.load(ordering: .sequentiallyConsistent) == 0,
      isWaiting,
      !hasShare.load(ordering: .sequentiallyConsistent)
    {
      return
    }
    let isTooLate = lock.withLock { () -> Bool in
      if carrier.isOver { return false }
      self.carrier = carrier
      carrier.isKnown.store(true, ordering: .relaxed)
      updateShareLocked()
      return exitReason != nil
    }
    // Killed while it ran, before it was known where.
    if isTooLate { carrier.task?.cancel() }
  }

  /// The handler has ended on this carrier: if it had suspended there, that is over.
  func leave(_ carrier: Carrier) {
    guard carrier.isRetired else { return }
    lock.withLock {
      carrier.isOver = true
      if self.carrier === carrier { self.carrier = nil }
      updateShareLocked()
    }
  }

  /// Sleepers first: a handler of which one part sleeps and another waits for an answer may go on by
  /// itself. Whatever still runs of it is counted with its worker.
  private func updateShareLocked() {
    while true {
      let new = currentShareLocked
      guard new != share else { return }
      runtime.settlement.change(from: share, to: new)
      share = new
      // Looked at once more after this: who has begun to wait meanwhile, and saw no share, relies on it (`leftThread`).
      hasShare.store(new != .none, ordering: .sequentiallyConsistent)
    }
  }

  private var currentShareLocked: Settlement.Share {
    if exitReason != nil || carrier == nil { return .none }
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { return .sleeping }
    return isWaiting ? .none : .foreign
  }
}
