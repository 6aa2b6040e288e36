extension Runtime {
  /// Sends a server a message with an address for the answer, and waits for it.
  ///
  /// The callee is watched for the duration of the call: its death ends the wait with its reason.
  ///
  /// - Parameters:
  ///   - timeout: Nil to wait forever.
  ///   - operation: As what a failure is told.
  ///   - message: Makes the message around the reply address.
  @inlinable
  package func call<Message: Sendable, Reply: Sendable>(
    _ destination: Destination, timeout: Duration?, as operation: ExitReason.CallOperation = .call,
    _ message: (ReplyTo<Reply>) -> Message
  ) async throws -> Reply {
    let pending = Pending<Reply>(self, owner: Self.current)
    let letter = LetterNode(message(ReplyTo(pending)), cause: nil)
    try await ask(destination, letter, pending, timeout: timeout, as: operation)
    guard let reply = pending.value else { throw ProcessEnded() }
    return reply
  }

  /// Sends a letter, and waits until `waiter` has its value.
  @usableFromInline
  func ask(
    _ destination: Destination, _ letter: LetterNode, _ waiter: Waiter, timeout: Duration?,
    as operation: ExitReason.CallOperation
  ) async throws {
    func failure(_ reason: ExitReason) -> CallError {
      CallError(operation, destination, timeout: timeout, reason: reason)
    }
    let callee: ProcessCell
    do {
      callee = try reach(destination, for: waiter, failure)
    } catch {
      letter.destroy()
      throw error
    }
    letter.cause = waiter.owner?.cause ?? 0
    // Before anything can happen: time may jump as soon as everybody waits.
    if let timeout { timers.limit(waiter, to: timeout) }
    if callee.deliver(letter, from: waiter) { await waiter.suspend() } else { waiter.fail(.noProcess) }
    callee.forget(caller: waiter)
    if timeout != nil { timers.unlimit(waiter) }
    waiter.owner?.end(waiter)
    switch waiter.ending {
    case .value: return
    case .failed(let reason): throw failure(reason)
    case .timedOut: throw failure(.timeout)
    case .ownerEnded: throw ProcessEnded()
    }
  }

  /// Finds out whom a call is for, and notes for the caller that it waits.
  private func reach(
    _ destination: Destination, for waiter: Waiter, _ failure: (ExitReason) -> CallError
  ) throws -> ProcessCell {
    if let owner = waiter.owner, owner.isDead { throw ProcessEnded() }
    guard let callee = cell(destination) else { throw failure(.noProcess) }
    guard callee !== waiter.owner else { throw failure(.callingSelf) }
    if let owner = waiter.owner, !owner.begin(waiter) { throw ProcessEnded() }
    return callee
  }

  /// Asks a process to end with `reason`, and waits until it has.
  ///
  /// A server runs its `terminate`; a free-form process finds the reason thrown where it receives.
  ///
  /// - Throws: `CallError` when there is no such process, when it ends with another reason, or after
  ///   `timeout`.
  /// - Note: Follows OTP's `gen_server:stop/3`.
  public func stop(
    _ destination: Destination, _ reason: ExitReason = .normal, timeout: Duration? = nil
  ) async throws {
    let letter = LetterNode(Letter.Content.system(.terminate(reason)), cause: nil)
    let end = Pending<Never>(self, owner: Self.current)
    do {
      try await ask(destination, letter, end, timeout: timeout, as: .stop)
    } catch let error as CallError where error.reason == reason && end.hasFailed {
      return
    }
  }
}

extension Waiter {
  /// Whether the process that was waited for has ended.
  fileprivate var hasFailed: Bool { if case .failed = ending { true } else { false } }
}
