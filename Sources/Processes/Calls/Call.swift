internal import Synchronization

/// One question to another process, from its letter to its answer.
///
/// The callee is watched meanwhile: its death ends the wait with its reason.
///
/// Unsafe code. Its argument: the callee's mailbox outlives its process, and the runtime outlives the call, since
/// the calling process holds it, or else the call. So does the calling process its waiter, if that is kept, or else
/// the call. A call is a trivial value, and ends once: by `finish`, or by `close`.
@usableFromInline
struct Call {
  /// The compiler would count it up and down on the way.
  @usableFromInline let waiter: Unmanaged<Waiter>
  private let callee: Callee
  private let runtime: Unmanaged<Runtime>
  /// Whether it holds the runtime, which is not that of the calling process.
  private let isAbroad: Bool
  private let operation: ExitReason.CallOperation

  /// - Parameters:
  ///   - number: Of which runtime the callee is.
  ///   - operation: As what a failure is told.
  /// - Throws: `ProcessEnded` when the calling process is dead; `CallError` when there is nobody to call.
  @usableFromInline
  init(
    to destination: borrowing Destination, in number: UInt32,
    as operation: ExitReason.CallOperation, timeout: Duration?
  ) throws {
    self.operation = operation
    let caller = CurrentProcess.reference
    if let caller, caller._withUnsafeGuaranteedRef({ $0.pid.runtime == number }) {
      isAbroad = false
      (runtime, callee, waiter) = try caller._withUnsafeGuaranteedRef { caller in
        guard !caller.isDead else { throw ProcessEnded() }
        let callee = try caller.runtime.callee(
          destination, operation, timeout, caller: caller.pid)
        guard let waiter = caller.beginCall(to: callee, within: timeout) else {
          throw ProcessEnded()
        }
        return (.passUnretained(caller.runtime), callee, waiter)
      }
    } else {
      if let caller, caller._withUnsafeGuaranteedRef({ $0.isDead }) { throw ProcessEnded() }
      let found = RuntimeDirectory.find(number)
      callee = try found.callee(destination, operation, timeout, caller: nil)
      let waiter = Waiter(found, owner: caller, purpose: .answer)
      if let owner = waiter.owner, !owner.begin(waiter) { throw ProcessEnded() }
      self.waiter = .passRetained(waiter)
      isAbroad = true
      runtime = .passRetained(found)
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
  @usableFromInline
  func begin(_ letter: LetterNode, _ timeout: Duration?) {
    runtime._withUnsafeGuaranteedRef { runtime in
      waiter._withUnsafeGuaranteedRef { waiter in
        runtime.begin(letter, for: waiter, callee, timeout)
      }
    }
  }

  /// Waits for the end.
  @inlinable @inline(__always)
  func wait() async { await Waiter.suspend(for: waiter) }

  /// The wait is over.
  ///
  /// - Returns: The answer, which is the caller's own now; nil when there is none: then `fail` is to follow.
  @usableFromInline
  func finish() -> LetterNode? {
    guard let answer = waiter._withUnsafeGuaranteedRef({ $0.takeAnswer() }) else { return nil }
    if waiter._withUnsafeGuaranteedRef({ $0.isKept }) {
      // It stays with the callee and with the timers, but for a timer of its own. Not touched once it is free.
      if waiter._withUnsafeGuaranteedRef({ $0.timer != nil }) { unlimit() }
      waiter._withUnsafeGuaranteedRef { $0.isFree.store(true, ordering: .releasing) }
    } else {
      _ = close()
    }
    return answer
  }

  /// Why there was no answer.
  @usableFromInline
  func fail(_ destination: Destination, _ timeout: Duration?) -> any Error {
    failure(close(), destination, timeout)
  }

  /// The wait for the end of the callee is over.
  ///
  /// - Throws: When that was not for `reason`.
  fileprivate func finish(
    _ destination: Destination, _ timeout: Duration?, expecting reason: ExitReason
  ) throws {
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

  /// Lets the waiter go.
  private func close() -> Waiter.Ending {
    waiter._withUnsafeGuaranteedRef { callee.mailbox.pointee.forget($0) }
    unlimit()
    let ending = waiter._withUnsafeGuaranteedRef { $0.ending }
    if let owner = waiter._withUnsafeGuaranteedRef({ $0.ownerReference }) {
      owner._withUnsafeGuaranteedRef { $0.endCall(waiter) }
    } else {
      waiter.release()
    }
    if isAbroad { runtime.release() }
    return ending
  }

  private func failure(
    _ ending: Waiter.Ending, _ destination: Destination, _ timeout: Duration?
  ) -> any Error {
    switch ending {
    case .failed(let reason):
      CallError(operation, destination, timeout: timeout, reason: reason)
    case .timedOut: CallError(operation, destination, timeout: timeout, reason: .timeout)
    case .ownerEnded: ProcessEnded()
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
    let call = try Call(to: destination, in: number, as: operation, timeout: timeout)
    call.begin(call.letter(message), timeout)
    await call.wait()
    guard let answer = call.finish() else { throw call.fail(destination, timeout) }
    return answer.take(Reply.self)
  }

  /// Whom a call goes to.
  fileprivate func callee(
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

  fileprivate func begin(
    _ letter: LetterNode, for waiter: Waiter, _ callee: Callee, _ timeout: Duration?
  ) {
    letter.cause = waiter.ownerReference?._withUnsafeGuaranteedRef { $0.cause } ?? 0
    // Before anything can happen: time may jump as soon as everybody waits.
    if let timeout, !waiter.isLimited { timers.limit(waiter, to: timeout) }
    switch callee.deliver(letter, for: waiter) {
    case .accepted: break
    case .acceptedByIdle(let cell): scheduler.enqueue(.process(cell))
    case .refused:
      letter.destroy()
      waiter.fail(.noProcess)
    }
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
    call.begin(LetterNode(Letter.Content.system(.terminate(reason)), cause: nil), timeout)
    await call.wait()
    try call.finish(destination, timeout, expecting: reason)
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

  /// Puts a letter in for the waiter, which ends with the callee from now on.
  ///
  /// A kept waiter stays among the callers until it calls somebody else, or the callee dies: most processes call the
  /// same server again. That the letter is accepted says that the callee has not died since.
  fileprivate func deliver(_ letter: LetterNode, for waiter: Waiter) -> Mailbox.Delivery {
    if waiter.callee == self { return mailbox.pointee.deliver(letter, to: serial) }
    if waiter.isKept { waiter.callee = self }
    return mailbox.pointee.deliver(letter, to: serial, for: waiter)
  }

  /// The waiter ends with this process no longer.
  func forget(_ waiter: Waiter) { mailbox.pointee.forget(waiter) }
}
