internal import Supervision

/// Waiting for something to happen, so that scripts never sleep.
enum WaitForCommand {
  static let waitFor = Command(
    "wait-for", .scripting, usage: "EVENT [of TARGET]", "wait until something has happened",
    details: """
      EVENT is started, restarted, exited, failed (an exit that was not in order), start_failed,
      restarting, restart_limit_reached, application_started, application_stopped, auto_shutdown,
      suspended, resumed, state_replaced, down, exit, message, or one of the application's own.
      TARGET may be dead by then: a name, a PID, a label.

      What has happened since the command before this one began counts, too. Fails after 5 seconds,
      or after --timeout.
      """,
    examples: [
      .init("wait-for restarted of registry", after: "kill registry"),
      .init("after 50ms kill bucket a; wait-for failed of a", after: "create a"),
      .init(
        "wait-for application_stopped --timeout 10s", after: "after 10ms repeat 4 kill registry"),
    ],
    options: [.init("timeout", "DURATION", "how long to wait (5s)")],
    arguments: [.choice(names), .choice(["of"]), .target, .free], arity: 1...4
  ) { session, invocation in
    let matcher = try EventMatcher(invocation.arguments, in: session)
    let timeout = try invocation.duration("timeout") ?? .seconds(5)
    let deadline = session.runtime.now + timeout
    var last = session.previousMark
    while true {
      for event in session.runtime.events.recent() where event.number > last {
        last = event.number
        guard matcher.matches(event) else { continue }
        return CommandResult(value: EventJSON.object(event))
      }
      let rest = deadline - session.runtime.now
      guard rest > .zero, try await session.runtime.waitForEvent(after: last, timeout: rest) else {
        throw CommandError(
          "timeout",
          "\(matcher.description) has not happened within \(timeout.inWords). `events` shows what has."
        )
      }
    }
  }

  static let names = [
    "started", "restarted", "exited", "failed", "start_failed", "restarting",
    "restart_limit_reached", "application_started", "application_stopped", "auto_shutdown",
    "suspended", "resumed", "state_replaced", "down", "exit", "message",
  ]
}

/// Which events are waited for.
struct EventMatcher: Sendable, CustomStringConvertible {
  private let name: String
  private let target: EventTarget?
  let description: String

  init(_ words: [String], in session: Session) throws(CommandError) {
    let known = WaitForCommand.names + session.application.eventNames
    guard let name = words.first, known.contains(name) else {
      let word = words.first ?? ""
      let hint = Suggestion.best(for: word, among: known).map { "did you mean \($0)? " } ?? ""
      throw .usage(
        "no event is called `\(word.shown)`: \(hint)there are \(known.joined(separator: ", ")).")
    }
    self.name = name
    if words.count == 1 {
      target = nil
      description = name
    } else {
      guard words[1] == "of", words.count > 2 else {
        throw .usage("write `wait-for \(name) of TARGET`, or only `wait-for \(name)`.")
      }
      let target = try EventTarget(words[2...], in: session)
      self.target = target
      description = "\(name) of \(target.title.shown)"
    }
  }

  func matches(_ event: RuntimeEvent) -> Bool {
    let isOfKind =
      switch event.kind {
      case .command: false
      case .started(_, let isRestart): name == "started" || isRestart && name == "restarted"
      case .exited(_, let reason): name == "exited" || name == "failed" && !reason.isOrderly
      case .startFailed: name == "start_failed"
      // A supervisor's note that all are back concerns whoever failed, by its child's name.
      case .note(let note): note.eventName == name
      }
    guard isOfKind else { return false }
    return target?.concerns(event) ?? true
  }
}
