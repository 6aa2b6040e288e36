internal import Processes
internal import Supervision
internal import Views

/// Carries out what somebody does from the page: first as an event, with who and when, then the deed, which that event
/// has caused.
///
/// In a process of the house's own, since causes travel with processes: so `why` leads back to the click.
struct Actor: Sendable {
  let runtime: Runtime
  /// How long a server, or a supervisor, has to answer.
  private static let patience = Duration.seconds(5)

  /// - Returns: What was done, for the page: the event's number and a sentence.
  func perform(
    _ order: Action.Order, on process: ProcessSnapshot, by who: String
  ) async throws(Refusal) -> JSONValue {
    let title = Sanitizer.sanitize(process.title)
    let name = title == "\(process.pid)" ? title : "\(title) \(process.pid)"
    if process.isSupervisor, order.action.isEnd, !order.isConfirmed {
      throw Refusal(
        409, "needs_confirmation",
        "\(name) is a supervisor: those below it end with it. Send \"confirmed\": true to go ahead."
      )
    }
    let action = order.action
    let supervisor = try supervisor(of: process, for: action)
    let number = runtime.events.emit(
      .command("\(action.verb) \(name) (from the page, by \(who))"), cause: nil)

    let outcome = Locked<Result<Void, Refusal>?>(nil)
    let pid = process.pid
    let isServer = process.kind != .process
    let actor = runtime.spawnSilently(label: "observer") { context in
      context.cause = number
      do {
        switch action {
        case .kill: context.exit(pid, .kill)
        // A server ends in order, and a supervisor heeds no stranger's exit signal.
        case .shutdown where isServer:
          try await context.runtime.stop(.pid(pid), .shutdown, timeout: Self.patience)
        case .shutdown: context.exit(pid, .shutdown)
        case .exit(let reason): context.exit(pid, reason)
        case .suspend: try await context.runtime.sys(pid).suspend(timeout: Self.patience)
        case .resume: try await context.runtime.sys(pid).resume(timeout: Self.patience)
        case .restart:
          if let supervisor {
            try await supervisor.handle.terminateChild(supervisor.id)
            _ = try await supervisor.handle.restartChild(supervisor.id)
          }
        }
        outcome.withLock { $0 = .success(()) }
      } catch {
        let refusal = Refusal(409, "failed", "It did not work: \(error).")
        outcome.withLock { $0 = .failure(refusal) }
      }
    }
    _ = await runtime.waitForExit(of: actor, timeout: Self.patience + .seconds(1))
    switch outcome.withLock({ $0 }) {
    case .success: break
    case .failure(let refusal): throw refusal
    case nil:
      throw Refusal(
        504, "timeout",
        "\(name) has not answered yet: it may be stuck, and the action still pending.")
    }
    return [
      "type": "done", "event": .integer(Int64(number)),
      "message": .string("\(action.verb) \(name): done."),
    ]
  }

  /// Whom to ask for a restart.
  private func supervisor(
    of process: ProcessSnapshot, for action: Action
  ) throws(Refusal) -> (handle: Supervisor, id: String)? {
    guard action == .restart else { return nil }
    guard let pid = process.supervisor, let id = process.childID,
      let supervisor = runtime.snapshot(of: pid)
    else {
      throw Refusal(
        409, "not_supervised", "\(process.pid) has no supervisor that would start it again.")
    }
    guard supervisor.kind == .supervisor else {
      throw Refusal(
        409, "dynamic_child",
        "\(supervisor.title.shown) is a dynamic supervisor, which restarts no child on request: kill the child, and a permanent one comes back."
      )
    }
    return (Supervisor(runtime, pid: pid), id)
  }
}
