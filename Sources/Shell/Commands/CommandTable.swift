/// All commands of a session, by name.
package struct CommandTable: Sendable {
  package let commands: [Command]
  private let byName: [String: Command]

  package init(_ commands: [Command]) {
    self.commands = commands
    byName = Dictionary(commands.map { ($0.name, $0) }) { first, _ in first }
  }

  package subscript(name: String) -> Command? { byName[name] }

  package var names: [String] { commands.map(\.name) }

  /// The command that these words call.
  ///
  /// - Throws: `unknown_command`, with a suggestion where one is near; `usage`.
  package func invocation(_ words: [String], line: Int) throws(CommandError) -> Invocation {
    guard let name = words.first else { throw .usage("an empty command: type `help` for a list.") }
    // Bare `exit` leaves, as in any shell; with arguments it sends a signal.
    guard let command = byName[words.count == 1 && name == "exit" ? "quit" : name] else {
      let shown = Sanitizer.sanitize(String(name.prefix(80)))
      let hint = Suggestion.best(for: name, among: names).map { "did you mean `\($0)`? " } ?? ""
      throw CommandError(
        "unknown_command", "unknown command `\(shown)`: \(hint)`help` lists them all.")
    }
    let arguments = Array(words.dropFirst())
    guard command.arity.contains(arguments.count) else { throw command.usageError }
    return Invocation(command: command, arguments: arguments, line: line)
  }
}
