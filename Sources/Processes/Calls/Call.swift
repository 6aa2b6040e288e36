extension Runtime {
  /// Sends a server a message with an address for the answer, and waits for it.
  ///
  /// The callee is watched for the duration of the call: its death ends the wait with its reason.
  ///
  /// - Parameters:
  ///   - timeout: Nil to wait forever.
  ///   - operation: As what a failure is told.
  ///   - message: Makes the message around the reply address.
  package func call<Message: Sendable, Reply: Sendable>(
    _ destination: Destination, timeout: Duration?, as operation: ExitReason.CallOperation = .call,
    _ message: (ReplyTo<Reply>) -> Message
  ) async throws -> Reply {
    let caller = CurrentProcess.cell
    if let caller, caller.isDead { throw ProcessEnded() }
    func failure(_ reason: ExitReason) -> CallError {
      CallError(operation, destination, timeout: timeout, reason: reason)
    }
    guard let callee = cell(destination) else { throw failure(.noProcess) }
    guard callee !== caller else { throw failure(.callingSelf) }

    let pending = Pending<Reply>(self, owner: caller)
    // Before anything can happen: time may jump as soon as everybody waits.
    let timer = timeout.map { timeout in
      timers.schedule(after: timeout) { pending.resolve(.timedOut) }
    }
    defer { if let timer { timers.cancel(timer) } }
    let letter = LetterNode(message(ReplyTo(pending)), cause: caller?.cause)
    guard callee.deliver(letter, from: pending) else { throw failure(.noProcess) }
    let outcome = await pending.wait()
    callee.forget(caller: pending)
    switch outcome {
    case .value(let reply): return reply
    case .failed(let reason): throw failure(reason)
    case .timedOut: throw failure(.timeout)
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
    let caller = CurrentProcess.cell
    if let caller, caller.isDead { throw ProcessEnded() }
    func failure(_ reason: ExitReason) -> CallError {
      CallError(.stop, destination, timeout: timeout, reason: reason)
    }
    guard let cell = cell(destination) else { throw failure(.noProcess) }
    guard cell !== caller else { throw failure(.callingSelf) }

    let pending = Pending<Never>(self, owner: caller)
    let timer = timeout.map { timeout in
      timers.schedule(after: timeout) { pending.resolve(.timedOut) }
    }
    defer { if let timer { timers.cancel(timer) } }
    let letter = LetterNode(Letter.Content.system(.terminate(reason)), cause: caller?.cause)
    guard cell.deliver(letter, from: pending) else { throw failure(.noProcess) }
    let outcome = await pending.wait()
    cell.forget(caller: pending)
    switch outcome {
    case .failed(reason): return
    case .failed(let actual): throw failure(actual)
    case .timedOut: throw failure(.timeout)
    case .ownerEnded: throw ProcessEnded()
    }
  }
}
