internal import Processes

/// How starting a server ended, as told to whoever started it. A failure is told by the death that
/// follows: a starter that is linked then dies of it, rather than sometimes hearing of it first.
enum StartOutcome: Sendable {
  case ok
  case ignored
}

/// Runs a `GenServer` as a process: OTP's loop around the callbacks.
final class ServerBody<Server: GenServer>: ObservableBody {
  private let make: @Sendable (ProcessContext) async throws -> Server
  private let started: Pending<StartOutcome>

  // Touched by the one process that this is the body of, and there by one function at a time, which
  // may suspend. The runtime's bookkeeping for exclusive access would cost more than most handlers.
  @exclusivity(unchecked) var server: Server?
  /// Who is told what the server does; nil, and then it costs nothing, when nobody is.
  @exclusivity(unchecked) var debug: ServerDebug?
  var isSuspended = false
  private var waits = 0
  private var waitLimit = Duration.zero
  private var timer: TimerRef?

  init(
    started: Pending<StartOutcome>,
    make: @escaping @Sendable (ProcessContext) async throws -> Server
  ) {
    self.started = started
    self.make = make
  }

  func start(_ process: ProcessContext) async -> ExitReason? {
    do {
      server = try await make(process)
      switch try await server?.initialize(process) ?? .ok {
      case .ok:
        return await begin(.receive, process)
      case .then(let next):
        return await begin(next, process)
      case .ignore:
        withdraw(process, nil)
        started.resolve(.value(.ignored))
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
    started.resolve(.value(.ok))
    return await act(on: process) { _ in next }
  }

  func handle(_ letter: LetterNode, _ process: ProcessContext) async -> ExitReason? {
    guard letter.holds(Server.Message.self) else { return await handle(letter.open(), process) }
    if timer != nil { stopWaiting(process) }
    let message = letter.take(Server.Message.self)
    if debug != nil { note(.received(message), process) }
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
    if debug != nil { note(.receivedInfo(info), process) }
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
        case .receive(nil):
          return nil
        case .receive(let timeout?):
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

  // MARK: Waiting for the next message

  /// How long the wait lasts that the server is in, from its beginning; nil when it is in none.
  var currentWait: Duration? { timer == nil ? nil : waitLimit }

  func wait(_ timeout: Duration, _ process: ProcessContext) {
    waits += 1
    waitLimit = timeout
    let (wait, cell) = (waits, process.cell)
    // Always through the mailbox, also for a timeout of zero: a message that is there already wins.
    timer = process.runtime.timers.schedule(after: timeout) { [weak cell] in
      guard let cell else { return }
      cell.deliverSystem(.waitedLongEnough(wait: wait))
    }
  }

  func stopWaiting(_ process: ProcessContext) {
    guard let timer else { return }
    process.runtime.timers.cancel(timer)
    self.timer = nil
  }
}
