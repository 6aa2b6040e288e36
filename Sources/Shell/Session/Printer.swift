package import Supervision

/// Where a session's lines go: two streams of text, or one of JSON.
///
/// Everything that a session prints passes through here, under one lock, so lines never mix and the
/// order on the screen is the order of printing.
package final class Printer: Sendable {
  /// The end of the line: descriptors, or a line editor.
  package protocol Sink: Sendable {
    func output(_ text: String)
    func error(_ text: String)
    func flush()
    /// Shows a text below all that is printed, in the place of what was last shown there.
    ///
    /// - Returns: False where that is impossible, and nothing was done.
    func show(_ text: String) -> Bool
    /// What is shown stays where it is, and what is printed from now on stands below it.
    func keepShown()
    /// Nobody reads any more.
    var isClosed: Bool { get }
  }

  package struct Options: Sendable {
    package var isJSON = false
    /// Whether events are printed.
    package var showsEvents = true
    package var style = Style.plain
    /// How wide tables may be; nil, as wide as they are.
    package var columns: (@Sendable () -> Int)?
    /// Whether errors say which line and command they come from.
    package var namesLines = true

    package init() {}
  }

  private struct State {
    var options: Options
    /// How many have asked for silence.
    var quiet = 0
  }

  private let sink: any Sink
  private let state: Locked<State>
  private let narrator: EventNarrator
  private let events: EventSubscription
  private let log: EventLog

  package init(
    sink: any Sink, options: Options, runtime: Runtime, application: any ShellApplication,
    onEvents: (@Sendable () -> Void)? = nil
  ) {
    self.sink = sink
    state = Locked(State(options: options))
    narrator = EventNarrator(application: application)
    log = runtime.events
    events = runtime.events.subscribe(onEvents: onEvents)
  }

  package var options: Options {
    get { state.withLock { $0.options } }
    set { state.withLock { $0.options = newValue } }
  }

  package var isClosed: Bool { sink.isClosed }

  /// Prints the events that have come since the last time, causes before effects.
  package func printEvents() {
    state.withLock { state in
      let (drained, dropped) = events.drain()
      if drained.isEmpty, dropped == 0 { return }
      guard state.options.showsEvents, state.options.isJSON || state.quiet == 0 else { return }
      let fresh = EventOrder.arrange(drained)
      if state.options.isJSON {
        for event in fresh { sink.output(EventJSON.object(event).description + "\n") }
        if dropped > 0 {
          let note: JSONValue = ["type": "dropped", "count": .integer(Int64(dropped))]
          sink.output(note.description + "\n")
        }
      } else {
        let lines = narrator.narrate(fresh, style: state.options.style) { [log] in log.event($0) }
        let columns = state.options.columns?()
        for line in lines {
          let line = "  \(line)"
          sink.output((columns.map { line.folded(toWidth: $0, indent: 6) } ?? line) + "\n")
        }
        if dropped > 0 { sink.output("  … \(dropped) more events were dropped\n") }
      }
    }
  }

  /// Does something of which everybody knows what will happen: only programs are told of these events.
  package func withoutEvents(_ body: () async throws -> Void) async throws {
    state.withLock { $0.quiet += 1 }
    defer {
      // Takes those that have come, under the same silence.
      printEvents()
      state.withLock { $0.quiet -= 1 }
    }
    try await body()
  }

  /// Prints how a command went.
  package func print(
    _ result: Result<CommandResult, CommandError>, command: String, line: Int
  ) {
    state.withLock { state in
      if state.options.isJSON {
        sink.output(Self.json(result, command: command, line: line).description + "\n")
        return
      }
      switch result {
      case .success(let result):
        if var text = result.text {
          if result.isFoldable, let columns = state.options.columns?() {
            text = text.split(separator: "\n", omittingEmptySubsequences: false)
              .map { String($0).folded(toWidth: columns, indent: 2) }.joined(separator: "\n")
          }
          let endsLine = text.utf8.last == .newline
          sink.output(endsLine ? text : text + "\n")
        }
      case .failure(let error):
        let style = state.options.style
        let label = style.apply(.failure, to: "error:")
        // Names and reasons of others occur in errors. Here once more, lest one was forgotten.
        let message = Sanitizer.sanitize(error.message)
        // What was printed before the error is to stand before it, wherever both go.
        sink.flush()
        if state.options.namesLines {
          let shown = Sanitizer.sanitize(command.count > 60 ? command.prefix(60) + "…" : command)
          sink.error("\(label) line \(line): \(shown): \(message)\n")
        } else {
          let text = "\(label) \(message)"
          let columns = state.options.columns?()
          sink.error((columns.map { text.folded(toWidth: $0, indent: 2) } ?? text) + "\n")
        }
      }
    }
  }

  /// Prints a line of the shell's own; nothing in JSON.
  package func note(_ text: String) {
    state.withLock { state in
      if !state.options.isJSON { sink.output(text + "\n") }
    }
  }

  /// Shows a text in the place of what was last shown so, at a terminal that can do that.
  ///
  /// - Returns: False where it can't, and nothing was done.
  package func show(_ text: String) -> Bool {
    state.withLock { $0.options.isJSON ? false : sink.show(text) }
  }

  /// What is shown stays where it is.
  package func keepShown() { state.withLock { _ in sink.keepShown() } }

  package func flush() { state.withLock { _ in sink.flush() } }

  private static func json(
    _ result: Result<CommandResult, CommandError>, command: String, line: Int
  ) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("type", "result"), ("line", .integer(Int64(line))), ("command", .string(command)),
    ]
    switch result {
    case .success(let result):
      members += [("status", "ok"), ("value", result.value)]
    case .failure(let error):
      members += [
        ("status", "error"), ("error", .string(error.code)), ("message", .string(error.message)),
      ]
    }
    return .object(members)
  }
}

extension Printer.Sink {
  // A pipe and a file know no way back.
  package func show(_ text: String) -> Bool { false }
  package func keepShown() {}
}
