internal import Supervision

/// The stream of events, as it was and as it comes.
enum EventsCommand {
  static let events = Command(
    "events", .history, usage: "[on|off]", "list what happened; switch its printing on or off",
    details: """
      Without an argument, the newest events with their numbers and the numbers of their causes.
      `--follow` goes on with those that come, until ctrl-C. `events off` silences the lines that
      commands print by themselves, `events on` brings them back.
      """,
    examples: [
      "events", "events --last 5", .init("events --of registry", after: "kill registry"),
      "events off", "events on",
    ],
    options: [
      .init("last", "N", "so many events (20)"),
      .init("of", "TARGET", "only of this process, dead or alive"),
      .init("follow", "go on with what comes"),
    ],
    arguments: [.choice(["on", "off"])], arity: 0...1
  ) { session, invocation in
    switch invocation.arguments.first {
    case "on":
      session.printer.options.showsEvents = true
      return .done
    case "off":
      session.printer.options.showsEvents = false
      return .done
    case nil: break
    default: throw invocation.command.usageError
    }
    let target: EventTarget? =
      if let word = invocation.value("of") {
        try EventTarget([word][...], in: session)
      } else {
        nil
      }
    let limit = try invocation.number("last", 0...1_000_000) ?? 20
    let log = session.runtime.events
    var recent = log.recent()
    let last = recent.last?.number ?? 0
    if let target { recent.removeAll { !target.concerns($0) } }
    let shown = recent.suffix(limit)
    let style = session.printer.options.style
    let view = EventListing(style: style) { log.event($0) }
    let result = CommandResult(
      text: shown.isEmpty ? nil : shown.map(view.line).joined(separator: "\n"),
      value: .array(shown.map(EventJSON.object)))
    guard invocation.has("follow") else { return result }
    if let text = result.text { session.printer.note(text) }
    try await follow(after: last, target, view, session, invocation)
    return .done
  }

  private static func follow(
    after number: EventNumber, _ target: EventTarget?, _ view: EventListing, _ session: Session,
    _ invocation: Invocation
  ) async throws {
    let wasShown = session.printer.options.showsEvents
    // They would be printed twice, in two forms.
    session.printer.options.showsEvents = false
    defer { session.printer.options.showsEvents = wasShown }
    var last = number
    while !session.printer.isClosed {
      _ = try await session.runtime.waitForEvent(after: last)
      for event in session.runtime.events.recent() where event.number > last {
        last = event.number
        if target?.concerns(event) ?? true { session.printer.note(view.line(event)) }
      }
      session.printer.flush()
    }
  }
}

/// Events as numbered lines: `12 ← 9   1.20 s  exited KV.Registry <0.5.0>: killed`.
struct EventListing {
  let style: Style
  let lookUp: (EventNumber) -> RuntimeEvent?

  func line(_ event: RuntimeEvent) -> String {
    let number = "\(event.number)"
    let cause = event.cause.map { "← \($0)" } ?? ""
    let head =
      String(repeating: " ", count: max(0, 5 - number.count)) + number + " " + cause
      + String(repeating: " ", count: max(1, 8 - cause.count)) + Timeline.moment(event.time)
    return style.apply(.dim, to: head) + "  " + words(event)
  }

  private func words(_ event: RuntimeEvent) -> String {
    let cross = style.apply(.failure, to: "✗")
    switch event.kind {
    case .command(let text): return style.apply(.name, to: "$ \(text.shown)")
    case .started(let identity, let isRestart):
      let tick = style.apply(.success, to: "✓")
      return "\(tick) \(shown(identity.description)) \(isRestart ? "restarted" : "started")"
    case .exited(let identity, let reason):
      return "\(cross) \(shown(identity.description)) exited: \(shown(reason.description))"
    case .startFailed(let identity, let reason):
      let how = reason.map { "failed to start: \(shown($0.description))" } ?? "was not wanted"
      return "\(cross) \(shown(identity.description)) \(how)"
    case .note(let note as MessageNote): return "shell received \(note.sentence)"
    case .note(let note):
      let arrow = style.apply(.consequence, to: "↳")
      return "\(arrow) \(note.eventName)\(note.subject.map { " \(shown($0.description))" } ?? "")"
        + details(note)
    }
  }

  private func details(_ note: any EventNote) -> String {
    switch note {
    case SupervisionNote.restarting(let restart), SupervisionNote.restarted(let restart):
      ": \(shown(restart.child)), \(restart.strategy.rawValue), \(restart.count) of "
        + "\(restart.maxRestarts) in \(restart.period.inWords)"
    case SupervisionNote.restartLimitReached(_, let child, let max, let period):
      ": \(shown(child)), after \(max) in \(period.inWords)"
    case SupervisionNote.autoShutdown(_, let child): ": \(shown(child))"
    case SupervisionNote.applicationStopped(_, _, let reason): ": \(shown(reason.description))"
    default: ""
    }
  }

  private func shown(_ text: String) -> String { Sanitizer.sanitize(text) }
}
