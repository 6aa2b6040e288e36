extension Runtime {
  /// Sends a server a message with an address for the answer, and waits for it.
  ///
  /// The callee is watched for the duration of the call: its death ends the wait with its reason.
  ///
  /// Always compiled into the caller, like `Waiter.suspend`.
  ///
  /// - Parameters:
  ///   - timeout: Nil to wait forever.
  ///   - operation: As what a failure is told.
  ///   - message: Makes the message around the reply address.
  @inlinable @inline(__always)
  package func call<Message: Sendable, Reply: Sendable>(
    _ destination: Destination, timeout: Duration?, as operation: ExitReason.CallOperation = .call,
    _ message: (ReplyTo<Reply>) -> Message
  ) async throws -> Reply {
    let waiter = Waiter(caller: self)
    let letter = LetterNode(message(ReplyTo(waiter)), cause: nil)
    let callee = try begin(letter, for: waiter, destination, timeout, operation)
    await waiter.suspend()
    try finish(waiter, callee, destination, timeout, operation)
    guard let reply = waiter.takeAnswer(Reply.self) else { throw ProcessEnded() }
    return reply
  }

  /// Sends a letter for somebody who waits for an answer to it.
  ///
  /// - Returns: The callee, who knows the waiter until `finish`.
  @usableFromInline
  func begin(
    _ letter: LetterNode, for waiter: Waiter, _ destination: Destination, _ timeout: Duration?,
    _ operation: ExitReason.CallOperation
  ) throws -> Callee {
    do {
      guard let pid = processID(of: destination), let mailbox = processes.mailbox(of: pid) else {
        if let owner = waiter.owner, owner.isDead { throw ProcessEnded() }
        throw CallError(operation, destination, timeout: timeout, reason: .noProcess)
      }
      try waiter.ownerReference?._withUnsafeGuaranteedRef { owner in
        guard owner.pid != pid || owner.isDead else {
          throw CallError(operation, destination, timeout: timeout, reason: .callingSelf)
        }
        guard owner.begin(waiter) else { throw ProcessEnded() }
        letter.cause = owner.cause ?? 0
      }
      // Before anything can happen: time may jump as soon as everybody waits.
      if let timeout { timers.limit(waiter, to: timeout) }
      switch mailbox.pointee.deliver(letter, to: pid.serial, for: waiter) {
      case .accepted: break
      case .acceptedByIdle(let cell): scheduler.enqueue(.process(cell))
      case .refused:
        letter.destroy()
        waiter.fail(.noProcess)
      }
      return Callee(mailbox: mailbox)
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
    _ waiter: Waiter, _ callee: Callee, _ destination: Destination, _ timeout: Duration?,
    _ operation: ExitReason.CallOperation
  ) throws {
    callee.mailbox.pointee.forget(waiter)
    if timeout != nil { timers.unlimit(waiter) }
    waiter.ownerReference?._withUnsafeGuaranteedRef { $0.end(waiter) }
    switch waiter.ending {
    case .value: return
    case .failed(let reason):
      throw CallError(operation, destination, timeout: timeout, reason: reason)
    case .timedOut:
      throw CallError(operation, destination, timeout: timeout, reason: .timeout)
    case .ownerEnded: throw ProcessEnded()
    }
  }

  private func processID(of destination: Destination) -> PID? {
    switch destination {
    case .pid(let pid): pid
    case .name(let name): names.find(name)?.pid
    case .via(let name): name.pid
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
    let end = Waiter(caller: self)
    let callee = try begin(letter, for: end, destination, timeout, .stop)
    await end.suspend()
    do {
      try finish(end, callee, destination, timeout, .stop)
    } catch let error as CallError where error.reason == reason && end.hasFailed {
      return
    }
  }
}

/// Who is called, for the time of the call: the mailbox, which outlives its process.
@usableFromInline
struct Callee: @unchecked Sendable {
  let mailbox: UnsafeMutablePointer<Mailbox>
}

extension Waiter {
  /// One for whoever calls: the current process, or code outside the runtime.
  @usableFromInline
  convenience init(caller runtime: borrowing Runtime) {
    self.init(runtime, owner: CurrentProcess.reference, purpose: .answer)
  }

  /// Whether the process that was waited for has ended.
  fileprivate var hasFailed: Bool { if case .failed = ending { true } else { false } }
}
