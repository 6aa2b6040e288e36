internal import Processes

/// How starting a server ended, as told to whoever started it. A failure is told by the death that
/// follows: a starter that is linked then dies of it, rather than sometimes hearing of it first.
enum StartOutcome: Sendable {
  case ok
  case ignored
}

/// Runs a `GenServer` as a process: OTP's loop around the callbacks.
///
/// `@unchecked Sendable`: what changes is touched by the one process that this is the body of.
@usableFromInline
final class ServerBody<Server: GenServer>: ObservableBody, @unchecked Sendable {
  // Until it has started.
  @exclusivity(unchecked) private var make: (@Sendable (ProcessContext) async throws -> Server)?
  @exclusivity(unchecked) private var started: Pending<StartOutcome>?

  // Touched by the one process that this is the body of, and there by one function at a time, which
  // may suspend. The runtime's bookkeeping for exclusive access would cost more than most handlers.
  @usableFromInline @exclusivity(unchecked) var server: Server?
  /// Who is told what the server does; nil, and then it costs nothing, when nobody is.
  @exclusivity(unchecked) var debug: ServerDebug? { didSet { updateShortcut() } }
  @exclusivity(unchecked) var isSuspended = false
  @exclusivity(unchecked) private var waits = 0
  @exclusivity(unchecked) private var waitLimit = Duration.zero
  @exclusivity(unchecked) private var timer: TimerRef? { didSet { updateShortcut() } }
  /// Whether a message needs nothing but its handler.
  @usableFromInline @exclusivity(unchecked) var mayTakeShortcut = true
  /// What the short way has left to do.
  @usableFromInline @exclusivity(unchecked) var remains: Remains?

  @usableFromInline
  enum Remains {
    /// The handler has to wait for others.
    case message(Server.Message)
    case next(Server.Next)
    case failure(any Error)
  }

  init(
    started: Pending<StartOutcome>,
    make: @escaping @Sendable (ProcessContext) async throws -> Server
  ) {
    self.started = started
    self.make = make
  }

  @usableFromInline
  var role: String? { String(describing: Server.self) }

  private func updateShortcut() { mayTakeShortcut = debug == nil && timer == nil }

  @usableFromInline
  func start(_ process: ProcessContext) async -> ExitReason? {
    guard let make else { return nil }
    self.make = nil
    do {
      server = try await make(process)
      switch try await server?.initialize(process) ?? .ok {
      case .ok:
        return await begin(.receive, process)
      case .then(let next):
        return await begin(next, process)
      case .ignore:
        withdraw(process, nil)
        started?.resolve(with: .ignored)
        return .normal
      case .stop(let reason):
        withdraw(process, reason)
        return reason
      }
    } catch {
      let reason = ExitReason(escaping: error)
      withdraw(process, reason)
      return reason
    }
  }

  /// Gives up the name before the starter hears of the failure: it may try again at once.
  private func withdraw(_ process: ProcessContext, _ reason: ExitReason?) {
    process.cell.startedName?.unregister(process.pid, in: process.runtime)
    process.cell.announceFailedStart(reason)
  }

  private func begin(_ next: Server.Next, _ process: ProcessContext) async -> ExitReason? {
    process.cell.announceStart()
    started?.resolve(with: .ok)
    started = nil
    return await act(on: process) { _ in next }
  }

  @usableFromInline
  func handle(_ letter: LetterNode, _ process: ProcessContext) async -> ExitReason? {
    guard letter.holds(Server.Message.self) else { return await handle(letter.open(), process) }
    if timer != nil { stopWaiting(process) }
    let message = letter.take(Server.Message.self)
    if debug != nil {
      guard await rest(process) else { return .killed }
      note(.received(message), process)
    }
    return await act(on: process) { server in try await server.handle(message, process) }
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
      guard wait == waits, timer != nil else { return nil }
      timer = nil
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
          next = try await server!.handleContinue(continuation, process)
        case .stop(let reason):
          return await terminate(reason, process)
        }
      }
    } catch {
      return await terminate(ExitReason(escaping: error), process)
    }
  }

  private func terminate(_ reason: ExitReason, _ process: ProcessContext) async -> ExitReason {
    stopWaiting(process)
    // Ended from outside while a callback was suspended: there is nothing left to clean up for.
    guard !process.cell.isEnded else { return reason }
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
          case .asynchronously: body.remains = .message(message)
          case .receiveWithin, .proceed, .stop: body.remains = .next(next)
          }
        } catch {
          body.remains = .failure(error)
        }
        return .unfinished
      }
    }
  }

  @usableFromInline
  func finish(_ process: ProcessContext) async -> ExitReason? {
    defer { remains = nil }
    switch remains {
    case nil: return nil
    case .message(let message):
      return await act(on: process) { server in try await server.handle(message, process) }
    case .next(let next): return await act(on: process) { _ in next }
    case .failure(let error): return await act(on: process) { _ in throw error }
    }
  }

  // MARK: Waiting for the next message

  /// How long the wait lasts that the server is in, from its beginning; nil when it is in none.
  var currentWait: Duration? { timer == nil ? nil : waitLimit }

  func wait(_ timeout: Duration, _ process: ProcessContext) {
    waits += 1
    waitLimit = timeout
    let (wait, cell) = (waits, process.cell)
    // Always through the mailbox, also for a timeout of zero: a message that is there already wins.
    timer = process.runtime.timers.schedule(after: timeout) {
      cell.deliverSystem(.waitedLongEnough(wait: wait))
    }
  }

  func stopWaiting(_ process: ProcessContext) {
    guard let timer else { return }
    process.runtime.timers.cancel(timer)
    self.timer = nil
  }
}

/// A server got a message, and has no function for its messages.
struct MissingHandler: Error, CustomStringConvertible {
  let server: String

  var description: String {
    "\(server) got a message but has no `handle(_:_:)`: write one, with or without `async`"
  }
}
