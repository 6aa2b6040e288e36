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
    "help", .session, usage: "[COMMAND]", "this list, or all about one command",
    examples: ["help", "help kill"], arguments: [.command], arity: 0...1
  ) { session, invocation in
    if let name = invocation.arguments.first {
      let found = try session.table.command(name)
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
      lines += command.examples.map { "  \($0.text)" }
    }
    return lines.joined(separator: "\n")
  }
}
