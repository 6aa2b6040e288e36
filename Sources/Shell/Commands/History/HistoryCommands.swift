internal import Supervision

/// What happened, and why.
enum HistoryCommands {
  static let all = [why, timeline, EventsCommand.events]

  private static let why = Command(
    "why", .history, usage: "[TARGET|SEQ]",
    "tell the story of a death or restart, back to its beginning",
    details: """
      Without an argument, that of the latest failure. TARGET may be dead: a name, a PID, the name of
      a bucket that is gone. SEQ is the number of an event as `events --last 20` and JSON show it.
      """,
    examples: [
      .init("why", after: "kill registry"),
      .init("why bucket shopping", after: "create shopping; kill registry"),
      .init("why supervisor", after: "repeat 4 kill registry"),
    ],
    arguments: [.target, .free], arity: 0...2
  ) { session, invocation in
    let history = session.runtime.events.recent()
    guard let event = try event(invocation.arguments[...], history, session) else {
      return CommandResult(text: "nothing has failed or been restarted yet.", value: .array([]))
    }
    let story = CausalStory(of: event, in: history)
    let namesLines = session.printer.options.namesLines
    let teller = StoryTeller(
      childNoun: session.application.childNoun,
      revival: { $0 == session.application.name ? "start" : nil },
      style: session.printer.options.style,
      line: { namesLines ? session.line(of: $0) : nil })
    var lines = teller.tell(story)
    lines += afterword(event, invocation.arguments[...], session)
    if let columns = session.printer.options.columns?() {
      lines = lines.map { $0.folded(toWidth: columns, indent: 4) }
    }
    return CommandResult(
      text: lines.joined(separator: "\n"), value: .array(story.events.map(EventJSON.object)))
  }

  /// The event that is asked about; nil when nothing has happened that anybody would ask about.
  private static func event(
    _ words: ArraySlice<String>, _ history: [RuntimeEvent], _ session: Session
  ) throws(CommandError) -> RuntimeEvent? {
    guard let word = words.first else { return CausalStory.latestIncident(in: history) }
    let digits = word.hasPrefix("#") ? word.dropFirst() : word[...]
    if words.count == 1, let number = EventNumber(digits), session.runtime.whereis(word) == nil {
      if let event = history.first(where: { $0.number == number }) { return event }
      let (first, last) = (history.first?.number ?? 0, history.last?.number ?? 0)
      throw CommandError(
        "unknown_event",
        "there is no event \(number): events \(first) to \(last) are remembered. `events --last 20` "
          + "shows the newest.")
    }
    let target = try EventTarget(words, in: session)
    if let event = CausalStory.latestFate(of: target, in: history) { return event }
    throw CommandError.unknownTarget(
      "nothing is remembered of \(target.title.shown). `events --last 20` shows what is.")
  }

  /// What has become of the one who was asked about, where the story itself does not end with that.
  private static func afterword(
    _ event: RuntimeEvent, _ words: ArraySlice<String>, _ session: Session
  ) -> [String] {
    guard !words.isEmpty, let identity = event.kind.identity else { return [] }
    let title = Sanitizer.sanitize(identity.description)
    switch event.kind {
    case .exited(_, let reason) where reason.isOrderly && event.cause != nil:
      return ["so \(title) ended: \(Sanitizer.sanitize(reason.description))"]
    case .started(_, let isRestart):
      guard session.runtime.isAlive(identity.pid) else { return [] }
      let age = Timeline.moment(session.runtime.now - event.time)
      return ["\(title) has run \(isRestart ? "since" : "without a failure"), for \(age)"]
    default: return []
    }
  }

  private static let timeline = Command(
    "timeline", .history, usage: "[TARGET]", "draw the lives of processes against time",
    details: """
      A row for each name: `●` starts, `✗` fails, `┿` stops in order, a digit or `+` counts deaths too
      close to tell apart. Of all that is remembered, or of the last DURATION.
      """,
    examples: [
      "timeline", .init("timeline registry", after: "kill registry"), "timeline --last 10s",
    ],
    options: [.init("last", "DURATION", "only that long before now")],
    arguments: [.target, .free], arity: 0...2
  ) { session, invocation in
    let now = session.runtime.now
    var events = session.runtime.events.recent()
    if !invocation.arguments.isEmpty {
      let target = try EventTarget(invocation.arguments[...], in: session)
      events = events.filter { target.matches($0.kind.identity) }
      guard !events.isEmpty else {
        throw CommandError.unknownTarget(
          "nothing is remembered of \(target.title.shown). `timeline` shows everybody.")
      }
    }
    let from = try invocation.duration("last").map { max(.zero, now - $0) }
    let titles = events.compactMap { $0.kind.identity?.title }
    let width = session.printer.options.columns?() ?? 80
    let room = max(10, width - 2 - min(30, titles.map(\.displayWidth).max() ?? 0))
    let timeline = Timeline(events, columns: room, from: from, to: now)
    return CommandResult(
      text: timeline.text(style: session.printer.options.style), value: timeline.json)
  }
}
