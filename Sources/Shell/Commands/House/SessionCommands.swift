internal import Supervision

/// The commands that are about the shell itself, and about the application as a whole.
enum SessionCommands {
  static let all = [start, after, events, help, history, quit]

  private static let start = Command(
    "start", .application, "start the application again after it has stopped",
    examples: ["start"], acts: true
  ) { session, _ in
    if session.running?.isRunning == true {
      throw CommandError(
        "already_running", "\(session.application.name) runs already. `tree` shows it.")
    }
    try await session.start()
    return CommandResult(
      text: "\(session.application.rootName) is up",
      value: .string(orNull: session.running?.root.description))
  }

  private static let after = Command(
    "after", .session, usage: "DURATION COMMAND…", "run a command some time later",
    details: """
      Returns at once. DURATION is a number with `ms`, `s` or `m`. The command is forgotten when the
      shell ends first.
      """,
    examples: ["after 2s kill registry"], arguments: [.free, .command, .free], arity: 2...1000
  ) { session, invocation in
    guard let delay = Duration(inWords: invocation.arguments[0]) else {
      throw CommandError.usage(
        "`\(Sanitizer.sanitize(invocation.arguments[0]))` is no duration: write 500ms, 2s or 1m.")
    }
    let words = Array(invocation.arguments.dropFirst())
    // A mistake is to be heard of now, not later.
    _ = try session.table.invocation(words, line: invocation.line)
    let line = Array(words.map(Lexer.quote).joined(separator: " ").utf8)[...]
    _ = session.runtime.schedule(after: delay) {
      session.runtime.spawnSilently(label: "after") { process in
        _ = await Evaluator(session: session, process: process)
          .evaluate(line, line: invocation.line, keepsGoing: false)
      }
    }
    return .done
  }

  private static let events = Command(
    "events", .session, usage: "on|off", "whether events are printed",
    examples: ["events off", "events on"], arguments: [.choice(["on", "off"])], arity: 1...1
  ) { session, invocation in
    switch invocation.arguments[0] {
    case "on": session.printer.options.showsEvents = true
    case "off": session.printer.options.showsEvents = false
    default: throw invocation.command.usageError
    }
    return .done
  }

  private static let help = Command(
    "help", .session, usage: "[COMMAND]", "this list, or all about one command",
    examples: ["help", "help kill"], arguments: [.command], arity: 0...1
  ) { session, invocation in
    if let name = invocation.arguments.first {
      let found = try session.table.invocationForHelp(name)
      return CommandResult(text: describe(found), value: .string(found.synopsis))
    }
    return CommandResult(
      text: list(session.table), value: .array(session.table.names.sorted().map { .string($0) }))
  }

  private static let history = Command(
    "history", .session, "the lines entered so far", examples: ["history"]
  ) { session, _ in
    let lines = session.history()
    let width = String(lines.count).count
    let text = lines.enumerated().map { index, line in
      let number = String(index + 1)
      return String(repeating: " ", count: width - number.count) + "\(number)  "
        + Sanitizer.sanitize(line)
    }.joined(separator: "\n")
    return CommandResult(
      text: lines.isEmpty ? nil : text, value: .array(lines.map { .string($0) }))
  }

  private static let quit = Command(
    "quit", .session, "stop the application in order and leave; ctrl-D and bare `exit` do the same",
    examples: ["quit"]
  ) { session, _ in
    session.isQuitting = true
    return .done
  }

  private static func list(_ table: CommandTable) -> String {
    var lines: [String] = []
    for group in Command.Group.allCases {
      let commands = table.commands.filter { $0.group == group }
      guard !commands.isEmpty else { continue }
      if !lines.isEmpty { lines.append("") }
      lines.append(group.rawValue)
      for command in commands {
        let synopsis = command.synopsis
        let padding = String(repeating: " ", count: max(2, 30 - synopsis.count))
        lines.append("  \(synopsis)\(padding)\(command.summary)")
      }
    }
    lines.append("")
    lines.append("Several commands on a line are separated by `;`, comments begin with `#`.")
    lines.append("TARGET is a name, a PID such as <0.9.0>, or a word that completion (Tab) offers.")
    return lines.joined(separator: "\n")
  }

  private static func describe(_ command: Command) -> String {
    var lines = [command.synopsis, "  " + command.summary]
    if !command.details.isEmpty {
      lines.append("")
      lines += command.details.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? "" : "  \($0)" }
    }
    if !command.examples.isEmpty {
      lines.append("")
      lines += command.examples.map { "  \($0)" }
    }
    return lines.joined(separator: "\n")
  }
}

extension CommandTable {
  /// The command of that name, with the error of an unknown command.
  func invocationForHelp(_ name: String) throws(CommandError) -> Command {
    if let command = self[name] { return command }
    return try invocation([name], line: 0).command
  }
}
