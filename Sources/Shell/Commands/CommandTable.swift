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

  /// The command of that name.
  ///
  /// - Throws: `unknown_command`, with a suggestion where one is near.
  package func command(_ name: String) throws(CommandError) -> Command {
    if let command = byName[name] { return command }
    let hint =
      OtherShells.hint(for: name, in: self)
      ?? Suggestion.best(for: name, among: names).map { "did you mean `\($0)`? " } ?? ""
    throw CommandError(
      "unknown_command", "unknown command `\(name.shown)`: \(hint)`help` lists them all.")
  }

  /// What these words call.
  ///
  /// - Throws: `unknown_command`, with a suggestion where one is near; `usage`.
  package func call(_ words: [String]) throws(CommandError) -> CommandCall {
    guard let name = words.first else { throw .usage("an empty command: type `help` for a list.") }
    // Bare `exit` leaves, as in any shell; with arguments it sends a signal.
    let command = try command(words.count == 1 && name == "exit" ? "quit" : name)
    var arguments = Array(words.dropFirst())
    var options: [String: String] = [:]
    // Most commands have none, and then a word with hyphens is a word like any other.
    if !command.options.isEmpty {
      (arguments, options) = try Self.separate(arguments, of: command)
    }
    guard command.arity.contains(arguments.count) else { throw command.usageError }
    return CommandCall(command: command, arguments: arguments, options: options)
  }

  /// Sorts options from arguments. `--` ends the options; so does the command that a command takes.
  private static func separate(
    _ words: [String], of command: Command
  ) throws(CommandError) -> ([String], [String: String]) {
    var arguments: [String] = []
    var options: [String: String] = [:]
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        arguments += rest
        break
      }
      guard word.hasPrefix("--") else {
        arguments.append(word)
        if command.takesCommand {
          arguments += rest
          break
        }
        continue
      }
      let parts = word.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts.first.map(String.init) ?? ""
      guard let option = command.options.first(where: { $0.name == name }) else {
        throw unknownOption(name, of: command)
      }
      let attached = parts.count > 1 ? String(parts[1]) : nil
      if option.value != nil {
        guard let text = attached ?? rest.popFirst() else {
          throw .usage("--\(name) needs a value: \(option.synopsis).")
        }
        options[name] = text
      } else if attached != nil {
        throw .usage("--\(name) takes no value.")
      } else {
        options[name] = ""
      }
    }
    return (arguments, options)
  }

  private static func unknownOption(_ name: String, of command: Command) -> CommandError {
    let known = command.options.map(\.name)
    let hint = Suggestion.best(for: name, among: known).map { "did you mean --\($0)? " } ?? ""
    return .usage(
      "\(command.name) has no option --\(name.shown): \(hint)it has "
        + known.map { "--\($0)" }.joined(separator: ", ") + ".")
  }
}
