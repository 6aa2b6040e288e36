/// The manual page of an application's shell, in the language of man(7).
///
/// Made of the same table as `help`, so that neither says what the other does not know.
package struct ManualPage {
  package let application: any ShellApplication
  /// What the program is, in half a sentence.
  package let purpose: String
  /// How it is called, and its options, as its own --help prints them.
  package let usage: String
  package let options: String

  package init(
    application: any ShellApplication, purpose: String, usage: String, options: String
  ) {
    self.application = application
    self.purpose = purpose
    self.usage = usage
    self.options = options
  }

  package var text: String {
    let name = application.name
    let table = CommandTable.all(of: application)
    var lines = [
      ".TH \(name.uppercased()) 1 \"\" \"\(name) \(application.version)\" \"User Commands\"",
      ".SH NAME", "\(Self.escaped(name)) \\- \(Self.escaped(purpose))", ".SH SYNOPSIS",
    ]
    lines += usage.split(separator: "\n").flatMap { [".B \(Self.escaped(String($0)))", ".br"] }
    lines += [".SH OPTIONS", ".nf"]
    lines += options.split(separator: "\n", omittingEmptySubsequences: false)
      .map { Self.escaped(String($0)) }
    lines += [".fi", ".SH LANGUAGE"]
    lines += Self.paragraphs(Self.language)
    lines.append(".SH COMMANDS")
    for group in Command.Group.allCases {
      let commands = table.commands.filter { $0.group == group }
      guard !commands.isEmpty else { continue }
      lines.append(".SS \(Self.escaped(group.rawValue))")
      for command in commands { lines += Self.entry(command) }
    }
    lines += [".SH EXIT STATUS"]
    lines += Self.paragraphs(
      """
      0 when every command succeeded, 1 when one failed (also an assertion), 2 for wrong arguments, 128 and
      the signal's number when a signal ended it.
      """)
    lines += [".SH FILES", ".TP", "$XDG_STATE_HOME/\(name)/history"]
    lines.append("The lines entered so far; without that variable in ~/.local/state/\(name).")
    lines += [".TP", "~/.editrc", "Key bindings of the line editor: see editrc(5)."]
    lines += [".SH ENVIRONMENT", ".TP", "NO_COLOR", "Unless empty: no colours."]
    return lines.joined(separator: "\n") + "\n"
  }

  private static let language = """
    A line holds commands separated by semicolons; a comment begins with # at the start of a word.
    Words are quoted as in a POSIX shell. $NAME and ${NAME} stand for a variable's value, except between
    single quotes. A command is over when the system has settled, so the next one finds its effects. An
    unfinished quotation goes on in the next line at a terminal.

    TARGET is a registered name, a PID such as <0.9.0>, or a word of the application's own; self is
    the shell's own process. DURATION is a number with ms, s or m.
    """

  private static func entry(_ command: Command) -> [String] {
    var lines = [".TP", ".B \(escaped(command.synopsis))"]
    lines.append(
      escaped(command.summary.prefix(1).uppercased() + command.summary.dropFirst()) + ".")
    if !command.details.isEmpty { lines += paragraphs(command.details, inEntry: true) }
    for option in command.options {
      lines += [".RS", ".TP", escaped(option.synopsis), escaped(option.summary), ".RE"]
    }
    if !command.examples.isEmpty {
      lines += [".IP", ".nf"] + command.examples.map { escaped($0.text) } + [".fi"]
    }
    return lines
  }

  private static func paragraphs(_ text: String, inEntry: Bool = false) -> [String] {
    var lines: [String] = inEntry ? [".IP"] : []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        lines.append(inEntry ? ".IP" : ".PP")
      } else if line.hasPrefix("  ") {
        lines += [".br", escaped(String(line.drop { $0 == " " }))]
      } else {
        lines.append(escaped(String(line)))
      }
    }
    return lines
  }

  /// Text of which man takes no character for an order.
  static func escaped(_ text: some StringProtocol) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      default: result.append(character)
      }
    }
    // An order begins a line with a dot or an apostrophe.
    return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
  }
}
