/// One question to another process, from its letter to its answer.
///
/// The callee is watched meanwhile: its death ends the wait with its reason.
///
/// Unsafe code. Its argument: the callee's mailbox outlives its process, and the runtime outlives the call, since
/// the calling process holds it, or, for code outside, `held`.
@usableFromInline
struct Call {
  /// Retained; `finish` or a failing `begin` lets it go. The compiler would count it up and down on the way.
  @usableFromInline let waiter: Unmanaged<Waiter>
  private let runtime: Unmanaged<Runtime>
  /// The runtime, when it is not that of the calling process.
  private let held: Runtime?
  private let operation: ExitReason.CallOperation

  /// - Parameters:
  ///   - number: Of which runtime the callee is.
  ///   - operation: As what a failure is told.
  /// - Throws: `ProcessEnded` when the calling process is dead.
  @usableFromInline
  init(
    in number: UInt32, as operation: ExitReason.CallOperation, timeout: Duration?
  ) throws {
    self.operation = operation
    let caller = CurrentProcess.reference
    if let caller, caller._withUnsafeGuaranteedRef({ $0.pid.runtime == number }) {
      runtime = caller._withUnsafeGuaranteedRef { .passUnretained($0.runtime) }
      held = nil
      guard let waiter = caller._withUnsafeGuaranteedRef({ $0.beginCall(within: timeout) }) else {
        throw ProcessEnded()
      }
      self.waiter = .passRetained(waiter)
    } else {
      let found = RuntimeDirectory.find(number)
      runtime = .passUnretained(found)
      held = found
      let waiter = Waiter(found, owner: caller, purpose: .answer)
      if let owner = waiter.owner, !owner.begin(waiter) { throw ProcessEnded() }
      self.waiter = .passRetained(waiter)
    }
  }

  /// The letter, with the address for the answer.
  ///
  /// Not compiled into the caller, so that the address is the letter's alone when the answer comes: the waiter
  /// can be used again then.
  @inlinable @inline(never)
  func letter<Message: Sendable, Reply: Sendable>(
    _ message: (ReplyTo<Reply>) -> Message
  ) -> LetterNode {
    LetterNode(message(ReplyTo(waiter.takeUnretainedValue())), cause: nil)
  }

  /// Sends the letter, which is the callee's own now.
  ///
  /// - Returns: The callee, for `finish`.
  /// - Throws: When there is nothing to wait for; then all is over.
  @usableFromInline
  func begin(
    _ letter: LetterNode, _ destination: Destination, _ timeout: Duration?
  ) throws -> Callee {
    do {
      return try runtime._withUnsafeGuaranteedRef { runtime in
        try waiter._withUnsafeGuaranteedRef { waiter in
          try runtime.begin(letter, for: waiter, destination, timeout, operation)
        }
      }
    } catch {
      letter.destroy()
      _ = close()
      throw error
    }
  }

  /// Waits for the end.
  @inlinable @inline(__always)
  func wait() async { await Waiter.suspend(for: waiter) }

  /// The wait is over.
  ///
  /// - Returns: The answer, which is the caller's own now.
  /// - Throws: Why there is none.
  @usableFromInline
  func finish(
    _ callee: Callee, _ destination: Destination, _ timeout: Duration?
  ) throws -> LetterNode {
    let answer = waiter._withUnsafeGuaranteedRef { waiter in
      callee.mailbox.pointee.forget(waiter)
      return waiter.takeAnswer()
    }
    guard let answer else { throw failure(close(), destination, timeout) }
    // A waiter that is kept stays with the timers, too.
    if waiter._withUnsafeGuaranteedRef({ !$0.isKept || $0.timer != nil }) { unlimit() }
    if let caller = waiter._withUnsafeGuaranteedRef({ $0.ownerReference }) {
      caller._withUnsafeGuaranteedRef { $0.endCall(waiter) }
    } else {
      waiter.release()
    }
    return answer
  }

  /// The wait for the end of the callee is over.
  ///
  /// - Throws: When that was not for `reason`.
  fileprivate func finish(
    _ callee: Callee, _ destination: Destination, _ timeout: Duration?, expecting reason: ExitReason
  ) throws {
    waiter._withUnsafeGuaranteedRef { callee.mailbox.pointee.forget($0) }
    let ending = close()
    if case .failed(reason) = ending { return }
    throw failure(ending, destination, timeout)
  }

  /// Nothing will time out the waiter any more.
  private func unlimit() {
    runtime._withUnsafeGuaranteedRef { runtime in
      waiter._withUnsafeGuaranteedRef { runtime.timers.unlimit($0) }
    }
  }

  /// Lets the waiter go, which got no answer.
  private func close() -> Waiter.Ending {
    unlimit()
    let waiter = waiter.takeRetainedValue()
    waiter.owner?.end(waiter)
    return waiter.ending
  }

  private func failure(
    _ ending: Waiter.Ending, _ destination: Destination, _ timeout: Duration?
  ) -> any Error {
    switch ending {
    case .failed(let reason):
      CallError(operation, destination, timeout: timeout, reason: reason)
    case .timedOut: CallError(operation, destination, timeout: timeout, reason: .timeout)
    case .value, .ownerEnded: ProcessEnded()
    }
  }
}

extension Runtime {
  /// Sends a server a message with an address for the answer, and waits for it.
  ///
  /// Always compiled into the caller, like `Waiter.suspend`.
  ///
  /// - Parameters:
  ///   - number: Of which runtime the server is.
  ///   - timeout: Nil to wait forever.
  ///   - operation: As what a failure is told.
  ///   - message: Makes the message around the reply address.
  @inlinable @inline(__always)
  package static func call<Message: Sendable, Reply: Sendable>(
    _ destination: Destination, in number: UInt32, timeout: Duration?,
    as operation: ExitReason.CallOperation = .call, _ message: (ReplyTo<Reply>) -> Message
  ) async throws -> Reply {
    let call = try Call(in: number, as: operation, timeout: timeout)
    let letter = call.letter(message)
    let callee = try call.begin(letter, destination, timeout)
    await call.wait()
    return try call.finish(callee, destination, timeout).take(Reply.self)
  }

  fileprivate func begin(
    _ letter: LetterNode, for waiter: Waiter, _ destination: Destination, _ timeout: Duration?,
    _ operation: ExitReason.CallOperation
  ) throws -> Callee {
    guard let pid = processID(of: destination), let mailbox = processes.mailbox(of: pid) else {
      throw CallError(operation, destination, timeout: timeout, reason: .noProcess)
    }
    try waiter.ownerReference?._withUnsafeGuaranteedRef { owner in
      guard owner.pid != pid else {
        throw CallError(operation, destination, timeout: timeout, reason: .callingSelf)
      }
      letter.cause = owner.cause ?? 0
    }
    // Before anything can happen: time may jump as soon as everybody waits.
    if let timeout, !waiter.isLimited { timers.limit(waiter, to: timeout) }
    switch mailbox.pointee.deliver(letter, to: pid.serial, for: waiter) {
    case .accepted: break
    case .acceptedByIdle(let cell): scheduler.enqueue(.process(cell))
    case .refused:
      letter.destroy()
      waiter.fail(.noProcess)
    }
    return Callee(mailbox: mailbox)
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
    try await Self.stop(destination, in: number, reason, timeout: timeout)
  }

  /// The same for the runtime of this number.
  package static func stop(
    _ destination: Destination, in number: UInt32, _ reason: ExitReason, timeout: Duration?
  ) async throws {
    let call = try Call(in: number, as: .stop, timeout: timeout)
    let letter = LetterNode(Letter.Content.system(.terminate(reason)), cause: nil)
    let callee = try call.begin(letter, destination, timeout)
    await call.wait()
    try call.finish(callee, destination, timeout, expecting: reason)
  }
}

/// Who is called: a mailbox, whoever has it now.
@usableFromInline
struct Callee: @unchecked Sendable {
  fileprivate let mailbox: UnsafeMutablePointer<Mailbox>
}
