internal import Synchronization

/// One question to another process, from its letter to its answer.
///
/// The callee is watched meanwhile: its death ends the wait with its reason.
///
/// Unsafe code. Its argument: the callee's mailbox outlives its process. The calling process holds its runtime, and its
/// waiter if that is kept; else the call holds the waiter, which holds the runtime if that is another. A call is a trivial
/// value, and ends once: by `finish`, or by `close`.
@usableFromInline
struct Call {
  /// The compiler would count it up and down on the way.
  @usableFromInline let waiter: Unmanaged<Waiter>

  /// - Parameters:
  ///   - number: Of which runtime the callee is.
  ///   - operation: As what a failure is told.
  /// - Throws: `ProcessEnded` when the calling process is dead; `CallError` when there is nobody to call.
  @usableFromInline
  init(
    to destination: borrowing Destination, in number: UInt32,
    as operation: ExitReason.CallOperation, timeout: Duration?
  ) throws {
    if let caller = CurrentProcess.reference,
      caller._withUnsafeGuaranteedRef({ $0.pid.runtime == number })
    {
      waiter = try caller._withUnsafeGuaranteedRef {
        try $0.beginCall(to: destination, as: operation, within: timeout)
      }
    } else {
      waiter = try Self.abroad(to: destination, in: number, as: operation, timeout: timeout)
    }
  }

  /// Begins a call into a runtime that is not that of the calling process. Its waiter holds the runtime.
  private static func abroad(
    to destination: borrowing Destination, in number: UInt32,
    as operation: ExitReason.CallOperation, timeout: Duration?
  ) throws -> Unmanaged<Waiter> {
    let caller = CurrentProcess.reference
    if let caller, caller._withUnsafeGuaranteedRef({ $0.isDead }) { throw ProcessEnded() }
    let runtime = RuntimeDirectory.find(number)
    let callee = try runtime.callee(destination, operation, timeout, caller: nil)
    let waiter = Waiter(runtime, owner: caller, purpose: .answer)
    if let owner = waiter.owner, !owner.begin(waiter) { throw ProcessEnded() }
    waiter.callee = callee
    waiter.heldRuntime = runtime
    return .passRetained(waiter)
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

  /// Sends the letter, which is the callee's own now, and waits for the end.
  ///
  /// Always compiled into the caller, like `Waiter.suspend`.
  @inlinable @inline(__always)
  func send(_ letter: LetterNode, _ timeout: Duration?) async {
    await Processes.suspend { continuation in
      waiter._withUnsafeGuaranteedRef { $0.park(continuation, sending: letter, timeout) }
    }
    waiter._withUnsafeGuaranteedRef { $0.goOn() }
  }

  /// Whether the wait ended with an answer, which is to be taken before `finish`; else `fail` is to follow.
  @usableFromInline
  var hasAnswer: Bool { waiter._withUnsafeGuaranteedRef { $0.hasAnswer } }

  /// The answer has been taken, and the call is over.
  @usableFromInline
  func finish() {
    guard waiter._withUnsafeGuaranteedRef({ $0.isKept }) else {
      _ = close()
      return
    }
    // It stays with the callee and with the timers, but for a timer of its own. Not touched once it is free.
    waiter._withUnsafeGuaranteedRef { waiter in
      if waiter.timer != nil { waiter.unlimit() }
      waiter.isFree.store(true, ordering: .releasing)
    }
  }

  /// Why there was no answer.
  @usableFromInline
  func fail(
    _ destination: Destination, _ operation: ExitReason.CallOperation, _ timeout: Duration?
  ) -> any Error {
    Self.failure(close(), destination, operation, timeout)
  }

  fileprivate static func failure(
    _ ending: Waiter.Ending, _ destination: Destination, _ operation: ExitReason.CallOperation,
    _ timeout: Duration?
  ) -> any Error {
    switch ending {
    case .failed(let reason):
      CallError(operation, destination, timeout: timeout, reason: reason)
    case .timedOut: CallError(operation, destination, timeout: timeout, reason: .timeout)
    case .ownerEnded: ProcessEnded()
    }
  }

  /// Lets the waiter go.
  fileprivate func close() -> Waiter.Ending {
    let (ending, owner, runtime) = waiter._withUnsafeGuaranteedRef { waiter in
      waiter.leaveCallee()
      waiter.unlimit()
      // Somebody may keep the address for the answer, and with it the waiter.
      return (waiter.ending, waiter.ownerReference, waiter.heldRuntime.take())
    }
    defer { withExtendedLifetime(runtime) {} }
    if let owner {
      owner._withUnsafeGuaranteedRef { $0.endCall(waiter) }
    } else {
      waiter.release()
    }
    return ending
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
    let call = try Call(to: destination, in: number, as: operation, timeout: timeout)
    await call.send(call.letter(message), timeout)
    guard call.hasAnswer else { throw call.fail(destination, operation, timeout) }
    let answer = call.waiter._withUnsafeGuaranteedRef { $0.answer.take(Reply.self) }
    call.finish()
    return answer
  }

  /// Whom a call goes to.
  @inline(__always)
  func callee(
    _ destination: borrowing Destination, _ operation: ExitReason.CallOperation,
    _ timeout: Duration?, caller: PID?
  ) throws -> Callee {
    if case .pid(let pid) = copy destination, pid != caller,
      let mailbox = processes.mailbox(of: pid)
    {
      return Callee(mailbox: mailbox, serial: pid.serial)
    }
    return try calleeByName(destination, operation, timeout, caller: caller)
  }

  @inline(never)
  private func calleeByName(
    _ destination: borrowing Destination, _ operation: ExitReason.CallOperation,
    _ timeout: Duration?, caller: PID?
  ) throws -> Callee {
    guard let pid = processID(of: destination), let mailbox = processes.mailbox(of: pid) else {
      throw CallError(operation, copy destination, timeout: timeout, reason: .noProcess)
    }
    guard pid != caller else {
      throw CallError(operation, copy destination, timeout: timeout, reason: .callingSelf)
    }
    return Callee(mailbox: mailbox, serial: pid.serial)
  }

  private func processID(of destination: borrowing Destination) -> PID? {
    switch copy destination {
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
    let call = try Call(to: destination, in: number, as: .stop, timeout: timeout)
    await call.send(LetterNode(Letter.Content.system(.terminate(reason)), cause: nil), timeout)
    let ending = call.close()
    if case .failed(reason) = ending { return }
    throw Call.failure(ending, destination, .stop, timeout)
  }
}

/// Who is called: a process, by its mailbox, whoever has that now.
@usableFromInline
struct Callee: Equatable, @unchecked Sendable {
  fileprivate let mailbox: UnsafeMutablePointer<Mailbox>
  private let serial: UInt64

  fileprivate init(mailbox: UnsafeMutablePointer<Mailbox>, serial: UInt64) {
    self.mailbox = mailbox
    self.serial = serial
  }

  @inline(__always)
  func deliver(_ letter: LetterNode) -> Mailbox.Delivery {
    mailbox.pointee.deliver(letter, to: serial)
  }

  /// Puts a letter in for the waiter, which ends with the callee from now on.
  func deliver(_ letter: LetterNode, for waiter: Waiter) -> Mailbox.Delivery {
    mailbox.pointee.deliver(letter, to: serial, for: waiter)
  }

  /// The waiter ends with this process no longer.
  func forget(_ waiter: Waiter) { mailbox.pointee.forget(waiter) }
}
