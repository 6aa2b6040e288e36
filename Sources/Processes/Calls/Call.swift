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
    let callee = try begin(letter, for: pending, destination, timeout, operation)
    await pending.suspend()
    try finish(pending, callee, destination, timeout, operation)
    guard let reply = pending.value else { throw ProcessEnded() }
    return reply
  }

  /// Sends a letter for somebody who waits for an answer to it.
  ///
  /// - Returns: The callee, who knows the waiter until `finish`.
  @usableFromInline
  func begin(
    _ letter: LetterNode, for waiter: Waiter, _ destination: Destination, _ timeout: Duration?,
    _ operation: ExitReason.CallOperation
  ) throws -> ProcessCell {
    do {
      let owner = waiter.owner
      if let owner, owner.isDead { throw ProcessEnded() }
      guard let callee = cell(destination) else {
        throw CallError(operation, destination, timeout: timeout, reason: .noProcess)
      }
      guard callee !== owner else {
        throw CallError(operation, destination, timeout: timeout, reason: .callingSelf)
      }
      if let owner {
        guard owner.begin(waiter) else { throw ProcessEnded() }
        letter.cause = owner.cause ?? 0
      }
      // Before anything can happen: time may jump as soon as everybody waits.
      if let timeout { timers.limit(waiter, to: timeout) }
      if !callee.deliver(letter, from: waiter) { waiter.fail(.noProcess) }
      return callee
    } catch {
      letter.destroy()
      throw error
    }
  }

  /// The wait is over.
  ///
  /// - Throws: Why there is no value.
  @usableFromInline
  func finish(
    _ waiter: Waiter, _ callee: ProcessCell, _ destination: Destination, _ timeout: Duration?,
    _ operation: ExitReason.CallOperation
  ) throws {
    callee.forget(caller: waiter)
    if timeout != nil { timers.unlimit(waiter) }
    waiter.owner?.end(waiter)
    switch waiter.ending {
    case .value: return
    case .failed(let reason):
      throw CallError(operation, destination, timeout: timeout, reason: reason)
    case .timedOut:
      throw CallError(operation, destination, timeout: timeout, reason: .timeout)
    case .ownerEnded: throw ProcessEnded()
    }
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
    let callee = try begin(letter, for: end, destination, timeout, .stop)
    await end.suspend()
    do {
      try finish(end, callee, destination, timeout, .stop)
    } catch let error as CallError where error.reason == reason && end.hasFailed {
      return
    }
  }
}

extension Waiter {
  /// Whether the process that was waited for has ended.
  fileprivate var hasFailed: Bool { if case .failed = ending { true } else { false } }
}
