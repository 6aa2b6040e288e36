package import Supervision

/// Events as JSON objects, one a line.
package enum EventJSON {
  package static func object(_ event: RuntimeEvent) -> JSONValue {
    let identity = event.kind.identity
    var reason: ExitReason?
    var isRestart = false
    var extras: [(String, JSONValue)] = []
    let name: String

    switch event.kind {
    case .command(let text):
      name = "command"
      extras = [("command", .string(text))]
    case .started(_, let restart):
      name = "started"
      isRestart = restart
    case .exited(_, let why):
      name = "exited"
      reason = why
    case .startFailed(_, let why):
      name = why == nil ? "start_ignored" : "start_failed"
      reason = why
    case .note(let note):
      name = note.eventName
      if let note = note as? SupervisionNote {
        extras = members(of: note)
        if case .applicationStopped(_, _, let why) = note { reason = why }
      }
      if let note = note as? any SpokenNote { extras = [("text", .string(note.sentence))] }
    }
    return .object(
      [
        ("type", "event"),
        ("seq", .integer(Int64(event.number))),
        ("cause", event.cause.map { .integer(Int64($0)) } ?? .null),
        ("event", .string(name)),
        ("pid", .string(orNull: identity?.pid.description)),
        ("name", .string(orNull: identity?.name)),
        ("label", .string(orNull: identity?.label)),
        ("supervisor", .string(orNull: identity?.supervisor.map { $0.name ?? $0.pid.description })),
        ("reason", .string(orNull: reason?.description)),
        ("restart", .bool(isRestart)),
        ("time_s", .number(event.time / .seconds(1))),
      ] + extras)
  }

  private static func members(of note: SupervisionNote) -> [(String, JSONValue)] {
    switch note {
    case .restarting(let restart), .restarted(let restart):
      [
        ("strategy", .string(restart.strategy.rawValue)),
        ("child", .string(restart.child)),
        ("stopping", .array(restart.stopping.map { .string($0.id) })),
        ("stopping_count", .integer(Int64(restart.stoppingCount))),
        ("restarts", .integer(Int64(restart.count))),
        ("max_restarts", .integer(Int64(restart.maxRestarts))),
        ("period_s", .integer(restart.period.components.seconds)),
      ]
    case .restartLimitReached(_, let child, let max, let period):
      [
        ("child", .string(child)),
        ("max_restarts", .integer(Int64(max))),
        ("period_s", .integer(period.components.seconds)),
      ]
    case .autoShutdown(_, let child): [("child", .string(child))]
    case .applicationStarted(let name, _), .applicationStopped(let name, _, _):
      [("application", .string(name))]
    }
  }
}
