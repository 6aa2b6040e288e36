internal import Processes

/// How starting a server ended, as told to whoever started it. A failure is told by the death that
/// follows: a starter that is linked then dies of it, rather than sometimes hearing of it first.
@usableFromInline
enum StartOutcome: Sendable {
  case ok
  case ignored
}

/// Makes the first state of a server, inside the new process.
@usableFromInline
enum Making<Server>: Sendable {
  /// Without waiting for others.
  case now(@Sendable (ProcessContext) throws -> Server)
  case waiting(@Sendable (ProcessContext) async throws -> Server)
}

/// Runs a `GenServer` as a process: OTP's loop around the callbacks.
///
/// `@unchecked Sendable`: what changes is touched by the one process that this is the body of.
@usableFromInline
final class ServerBody<Server: GenServer>: ObservableBody, @unchecked Sendable {
  // Touched by the one process that this is the body of, and there by one function at a time, which
  // may suspend. The runtime's bookkeeping for exclusive access would cost more than most handlers.
  @usableFromInline @exclusivity(unchecked) var server: Server?
  /// Whether a message needs nothing but its handler.
  @usableFromInline @exclusivity(unchecked) var mayTakeShortcut = true
  /// What the short way has left to do, or how the server is to begin. Kept, once there was something. Changed
  /// under the process's lock, since others find the message in hand there.
  @usableFromInline @exclusivity(unchecked) var remains: Remains?
  /// What few servers have.
  @usableFromInline @exclusivity(unchecked) var extras: ServerExtras?

  @usableFromInline
  final class Remains {
    @usableFromInline
    enum Kind {
      case nothing
      /// The handler has to wait for others. Its message lies in `message`.
      case message
      case next(Server.Next)
      case failure(any Error)
      /// The server is yet to begin, in a turn of its own.
      case start(Making<Server>, Pending<StartOutcome>)
    }

    @usableFromInline @exclusivity(unchecked) var kind: Kind
    /// The message that is left, and when that is taken out, where others find it: see `MessageInHand.swift`.
    @usableFromInline let message = UnsafeMutablePointer<Server.Message>.allocate(capacity: 1)

    @inlinable
    init(_ kind: Kind) { self.kind = kind }

    @inlinable
    deinit {
      if case .message = kind { message.deinitialize(count: 1) }
      message.deallocate()
    }

    @inlinable
    func take() -> Kind {
      let taken = kind
      kind = .nothing
      return taken
    }
  }

  /// A body that begins on its starter's stack: see `begin`.
  @inlinable
  init() {}

  /// A body that begins in a turn of its own: see `start`.
  init(_ make: Making<Server>, started: Pending<StartOutcome>) {
    remains = Remains(.start(make, started))
  }

  @usableFromInline
  var role: String? { String(describing: Server.self) }

  // MARK: Beginning

  /// Makes and initializes the server without waiting for anybody.
  @inlinable
  func begin(
    _ make: (ProcessContext) throws -> Server, _ cell: Unmanaged<ProcessCell>
  ) -> Beginning {
    cell._withUnsafeGuaranteedRef { cell in
      let process = ProcessContext(cell: cell)
      do {
        server = try make(process)
        return settle(try server!.initialize(process), process)
      } catch {
        return withdraw(ExitReason(escaping: error), process)
      }
    }
  }

  @usableFromInline
  func start(_ process: ProcessContext) async -> ExitReason? {
    guard case .start(let make, let started) = remains?.take() else { return nil }
    // Few servers need it again.
    process.cell.lockBody()
    remains = nil
    process.cell.unlockBody()
    let beginning: Beginning
    do {
      switch make {
      case .now(let make): server = try make(process)
      case .waiting(let make): server = try await make(process)
      }
      beginning = settle(try await initialize(process), process)
    } catch {
      beginning = withdraw(ExitReason(escaping: error), process)
    }
    switch beginning {
    case .begun:
      started.resolve(with: .ok)
      return nil
    case .unfinished(let continuation):
      started.resolve(with: .ok)
      return await continuation(process, process.cell.bodyAddress)
    case .ignored:
      started.resolve(with: .ignored)
      return .normal
    case .failed(let reason):
      return reason
    }
  }

  /// Initializes the server, and learns how that is done for its type.
  private func initialize(_ process: ProcessContext) async throws -> Server.Initial {
    let initial = try initializeNow(process)
    guard case .asynchronously = initial else {
      KnownServers.note(beginsAtOnce: Server.self)
      return initial
    }
    let awaited = try await server!.initialize(process)
    // Both are the protocol's own: there is nothing to do, nor will there be for others of the type.
    if case .asynchronously = awaited { KnownServers.note(beginsAtOnce: Server.self) }
    return awaited
  }

  private func initializeNow(_ process: ProcessContext) throws -> Server.Initial {
    try server!.initialize(process)
  }

  @inlinable
  func settle(_ initial: Server.Initial, _ process: ProcessContext) -> Beginning {
    switch initial {
    case .ok, .asynchronously:
      process.cell.announceStart()
      return .begun
    case .then(let next):
      process.cell.announceStart()
      leave(.next(next), .passUnretained(process.cell))
      return .unfinished(Self.continuation)
    case .ignore:
      withdraw(process, nil)
      return .ignored
    case .stop(let reason):
      return withdraw(reason, process)
    }
  }

  @usableFromInline
  func withdraw(_ reason: ExitReason, _ process: ProcessContext) -> Beginning {
    withdraw(process, reason)
    return .failed(reason)
  }

  /// Gives up the name before the starter hears of the failure: it may try again at once.
  @usableFromInline
  func withdraw(_ process: ProcessContext, _ reason: ExitReason?) {
    process.cell.startedName?.unregister(process.pid, in: process.runtime)
    process.cell.announceFailedStart(reason)
  }

  // MARK: The long way

  @usableFromInline
  func handle(_ letter: LetterNode, _ process: ProcessContext) async -> ExitReason? {
    guard letter.holds(Server.Message.self) else { return await handle(letter.open(), process) }
    stopWaiting(process)
    let message = letter.take(Server.Message.self)
    if debug != nil {
      guard await rest(process) else { return .killed }
      note(.received(message), process)
    }
    show(message, .message, process)
    defer { hide(message, process) }
    return await act(on: process) { server in
      let next = try server.handleNow(message, process)
      guard case .asynchronously = next.kind else { return next }
      return try await server.handle(message, process)
    }
  }

  /// Handles what is not of the server's own message type.
  func handle(_ letter: Letter, _ process: ProcessContext) async -> ExitReason? {
    switch letter.content {
    case .server(let message):
      stopWaiting(process)
      return await info(.message(message), process)
    case .info(.exit(let exit)) where exit.sender == process.parent && exit.sender != nil:
      return await terminate(exit.reason, process)
    case .info(let content):
      stopWaiting(process)
      return await info(content, process)
    case .system(.fail(let error)):
      return await terminate(.error(error), process)
    case .system(.terminate(let reason)):
      return await terminate(reason, process)
    case .system(.waitedLongEnough(let wait)):
      guard endWait(wait) else { return nil }
      return await info(.timeout, process)
    case .system(.request(let request)):
      return await answer(request, process)
    case .system(.tick):
      return nil
    }
  }

  private func info(_ info: Info, _ process: ProcessContext) async -> ExitReason? {
    if debug != nil {
      guard await rest(process) else { return .killed }
      note(.receivedInfo(info), process)
    }
    process.cell.occasion = Occasion(info)
    defer { process.cell.occasion = .none }
    return await act(on: process) { server in try await server.handleInfo(info, process) }
  }

  /// Runs a callback, and what follows from it.
  private func act(
    on process: ProcessContext, _ callback: (inout Server) async throws -> Server.Next
  ) async -> ExitReason? {
    guard server != nil else { return .normal }
    do {
      var next = try await callback(&server!)
      while true {
        if debug != nil { noteOutcome(next, process) }
        switch next.kind {
        case .receive:
          return nil
        case .asynchronously:
          // Both functions are the protocol's own: the compiler can't tell that there is none.
          throw MissingHandler(server: String(describing: Server.self))
        case .receiveWithin(let timeout):
          wait(timeout, process)
          return nil
        case .proceed(let continuation):
          show(continuation, .continuation, process)
          defer { hide(continuation, process) }
          next = try await server!.handleContinue(continuation, process)
        case .stop(let reason):
          return await terminate(reason, process)
        }
      }
    } catch {
      return await terminate(ExitReason(escaping: error), process)
    }
  }

  @usableFromInline
  func terminate(_ reason: ExitReason, _ process: ProcessContext) async -> ExitReason {
    stopWaiting(process)
    // Ended from outside while a callback was suspended: there is nothing left to clean up for.
    guard !process.cell.isEnded else { return reason }
    process.cell.occasion = .end
    do {
      try await server?.terminate(reason, process)
      return reason
    } catch {
      return ExitReason(escaping: error)
    }
  }

  // MARK: The short way

  /// Handles a message at once if that needs nothing but a handler without `async`.
  ///
  /// Formed where `Server` is known, to be as fast as a call of the handler itself.
  @inlinable
  static var step: LetterStep {
    { letter, process, body in
      Unmanaged<ServerBody<Server>>.fromOpaque(body)._withUnsafeGuaranteedRef { body in
        guard body.mayTakeShortcut, letter.holds(Server.Message.self) else { return .untouched }
        let message = letter.take(Server.Message.self)
        do {
          let next = try process._withUnsafeGuaranteedRef { cell in
            try body.server!.handle(message, ProcessContext(cell: cell))
          }
          switch next.kind {
          case .receive: return .handled
          case .asynchronously: body.leave(message, process)
          case .receiveWithin, .proceed, .stop: body.leave(.next(next), process)
          }
        } catch {
          body.leave(.failure(error), process)
        }
        return .unfinished(continuation)
      }
    }
  }

  @inlinable
  func leave(_ message: consuming Server.Message, _ cell: Unmanaged<ProcessCell>) {
    let remains = remains(cell)
    remains.message.initialize(to: message)
    remains.kind = .message
  }

  @usableFromInline
  func leave(_ kind: Remains.Kind, _ cell: Unmanaged<ProcessCell>) { remains(cell).kind = kind }

  @inlinable
  func remains(_ cell: Unmanaged<ProcessCell>) -> Remains {
    if let remains { return remains }
    let new = Remains(.nothing)
    keep(new, cell)
    return new
  }

  @usableFromInline
  func keep(_ new: Remains, _ cell: Unmanaged<ProcessCell>) {
    cell._withUnsafeGuaranteedRef { cell in
      cell.lockBody()
      remains = new
      cell.unlockBody()
    }
  }

  /// Goes on with what was left. Formed where `Server` is known, too, as far as its handler.
  @inlinable
  static var continuation: LetterContinuation {
    { process, body in
      let body = Unmanaged<ServerBody<Server>>.fromOpaque(body).takeUnretainedValue()
      guard let remains = body.remains else { return nil }
      switch remains.take() {
      case .nothing, .start: return nil
      case .message:
        let message = remains.message.move()
        process.cell.showMessage(.message)
        defer { withExtendedLifetime(message) {} }
        do {
          let next = try await body.server!.handle(message, process)
          process.cell.hideMessage()
          if case .receive = next.kind { return nil }
          return await body.goOn(with: next, process)
        } catch {
          process.cell.hideMessage()
          return await body.terminate(ExitReason(escaping: error), process)
        }
      case .next(let next): return await body.goOn(with: next, process)
      case .failure(let error): return await body.terminate(ExitReason(escaping: error), process)
      }
    }
  }

  @usableFromInline
  func goOn(with next: Server.Next, _ process: ProcessContext) async -> ExitReason? {
    await act(on: process) { _ in next }
  }
}

/// A server got a message, and has no function for its messages.
struct MissingHandler: Error, CustomStringConvertible {
  let server: String

  var description: String {
    "\(server) got a message but has no `handle(_:_:)`: write one, with or without `async`"
  }
}
