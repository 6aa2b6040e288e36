internal import Supervision

/// The commands that are about the shell itself, and about the application as a whole.
enum SessionCommands {
  static let all = [start, help, history, quit]

  private static let start = Command(
    "start", .application, "start the application again after it has stopped",
    examples: [.init("start", after: "repeat 4 kill registry")], acts: true
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

  private static let help = Command(
    "help", .session, usage: "[COMMAND]", "list the commands, or tell all about one",
    examples: ["help", "help kill"], arguments: [.command], arity: 0...1
  ) { session, invocation in
    let options = session.printer.options
    let text = HelpText(
      table: session.table, style: options.style, width: min(100, options.columns?() ?? 80))
    guard let name = invocation.arguments.first else {
      return CommandResult(
        text: text.list(), value: .array(session.table.names.sorted().map { .string($0) }))
    }
    let command = try session.table.command(name)
    return CommandResult(text: text.describe(command), value: .string(command.synopsis))
  }

  private static let history = Command(
    "history", .session, "list the lines entered so far", examples: ["history"]
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
}
