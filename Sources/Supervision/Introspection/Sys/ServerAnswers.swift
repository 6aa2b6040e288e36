internal import Processes

/// How a server answers `Sys`, beside its own messages.
extension ServerBody {
  /// Answers one request. When that suspends the server, returns only when it is resumed, or ends.
  func answer(_ request: any SystemRequest, _ process: ProcessContext) async -> ExitReason? {
    guard let request = request as? SysRequest, server != nil else { return nil }
    // A system message ends a wait for the next message, and the wait begins anew: OTP's loop.
    let wait = currentWait
    stopWaiting(process)
    let wasSuspended = isSuspended
    if case .run(let work, let reply) = request {
      reply.answerRequest(())
      if let reason = await run(work, process) { return reason }
    } else {
      perform(request, process)
    }
    if isSuspended, !wasSuspended, let reason = await stay(process) { return reason }
    if let wait { self.wait(wait, process) }
    return nil
  }

  /// The life of a suspended server: system messages and the parent's exit signal, nothing else.
  private func stay(_ process: ProcessContext) async -> ExitReason? {
    while isSuspended {
      do {
        let letter = try await process.cell.receiveSystem()
        process.cause = letter.cause
        if let reason = await handle(letter, process) { return reason }
      } catch {
        // Ended from outside, for a reason that everybody knows already.
        return .killed
      }
    }
    return nil
  }

  /// Runs somebody's function as if it were a handler of this server.
  private func run(
    _ work: @Sendable (ProcessContext) async throws -> Void, _ process: ProcessContext
  ) async -> ExitReason? {
    process.cell.occasion = .request
    defer { process.cell.occasion = .none }
    do {
      try await work(process)
      return nil
    } catch {
      let reason = ExitReason(escaping: error)
      return await handle(
        Letter(.system(.terminate(reason)), cause: process.cause), process)
    }
  }

  /// Rests before a message, if somebody has slowed the server down; false when it is killed meanwhile.
  func rest(_ process: ProcessContext) async -> Bool {
    guard let delay = debug?.delay else { return true }
    process.cell.occasion = .rest
    return (try? await process.sleep(for: delay)) != nil
  }

  private func perform(_ request: SysRequest, _ process: ProcessContext) {
    switch request {
    case .suspend(let reply):
      setSuspended(true, process)
      reply.answerRequest(())
    case .resume(let reply):
      setSuspended(false, process)
      reply.answerRequest(())
    case .status(let reply):
      if let status = status(process) { reply.answerRequest(status) }
    case .run: break
    case .access(let access):
      if access.perform(on: &server!, of: process.pid) { report(.stateReplaced, process) }
    case .debug(let command, let reply):
      let debug = debug ?? ServerDebug()
      let hasChanged = debug.perform(command, at: process.runtime.now)
      self.debug = debug
      process.cell.reportsReplies = true
      dropIdleDebug(process)
      reply.answerRequest(hasChanged)
    case .log(let reply):
      reply.answerRequest(debug?.log ?? [])
    case .statistics(let reply):
      reply.answerRequest(debug?.statistics(at: process.runtime.now))
    }
  }

  private func setSuspended(_ value: Bool, _ process: ProcessContext) {
    guard isSuspended != value else { return }
    isSuspended = value
    process.cell.isSuspended = value
    report(value ? .suspended : .resumed, process)
  }

  private func report(_ action: SysNote.Action, _ process: ProcessContext) {
    let note = SysNote(action: action, server: process.cell.identity)
    process.cause = process.runtime.events.emit(.note(note), cause: process.cause)
  }

  private func status(_ process: ProcessContext) -> ServerStatus? {
    guard let server, let snapshot = process.runtime.snapshot(of: process.pid) else { return nil }
    return ServerStatus(
      pid: snapshot.pid, name: snapshot.name, label: snapshot.label, kind: snapshot.kind,
      role: snapshot.role, activity: isSuspended ? .suspended : .running, parent: snapshot.parent,
      state: Server.formatStatus(.state(server)), mailboxLength: snapshot.mailboxLength,
      sinks: debug?.sinks ?? [], log: debug?.log ?? [],
      statistics: debug?.statistics(at: process.runtime.now))
  }
}

// MARK: Debugging

extension ServerBody {
  /// Tells those who watch the server. Between two callbacks, or before the first.
  func note(_ kind: DebugEvent.Kind, _ process: ProcessContext) {
    guard let debug, let server else { return }
    debug.note(kind) {
      let text =
        switch kind {
        case .received(let message as Server.Message), .continued(let message as Server.Message):
          Server.formatStatus(.message(message))
        case .received(let value), .continued(let value): "\(value)"
        case .receivedInfo(let info): Server.formatStatus(.info(info))
        case .replied(let reply): Server.formatStatus(.reply(reply))
        case .handled: Server.formatStatus(.state(server))
        }
      return DebugEvent(
        process: process.cell.identity, time: process.runtime.now, kind: kind, text: text)
    }
    dropIdleDebug(process)
  }

  /// A callback has ended, and said what is next.
  func noteOutcome(_ next: Server.Next, _ process: ProcessContext) {
    switch next.kind {
    case .receive, .receiveWithin: note(.handled, process)
    case .proceed(let continuation):
      note(.handled, process)
      note(.continued(continuation), process)
    case .stop, .asynchronously: break
    }
  }

  /// In the middle of a callback, perhaps in a child task of it.
  func noteReply(_ reply: any Sendable) {
    guard let debug, let cell = Runtime.current else { return }
    debug.note(.replied(reply)) {
      DebugEvent(
        process: cell.identity, time: cell.runtime.now, kind: .replied(reply),
        text: Server.formatStatus(.reply(reply)))
    }
  }

  /// When nobody watches any more, the server is as fast as if nobody ever had.
  private func dropIdleDebug(_ process: ProcessContext) {
    guard let debug, debug.isEmpty else { return }
    self.debug = nil
    process.cell.reportsReplies = false
  }
}
