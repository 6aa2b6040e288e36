/// The table of commands as something to read: the list, and all about one of them.
struct HelpText {
  let table: CommandTable
  var style = Style.plain
  /// How wide lines may be.
  var width = 80

  /// All commands, by what one wants to do.
  func list() -> String {
    var lines: [String] = []
    for group in Command.Group.allCases {
      let commands = table.commands.filter { $0.group == group }
      guard !commands.isEmpty else { continue }
      if !lines.isEmpty { lines.append("") }
      lines.append(style.apply(.name, to: group.rawValue))
      for command in commands {
        lines += entry("\(command.name) \(command.usage)", command.summary)
      }
    }
    lines.append("")
    lines.append(
      """
      `help COMMAND` tells more. Several commands on a line are separated by `;`, comments begin with \
      `#`, `$name` is a variable. TARGET is a name, a PID such as <0.9.0>, or a word that completion \
      (Tab) offers.
      """.wrapped(toWidth: width))
    return lines.joined(separator: "\n")
  }

  /// All about one command.
  func describe(_ command: Command) -> String {
    var lines = [style.apply(.name, to: command.synopsis)]
    lines += indented(command.summary)
    if !command.details.isEmpty { lines += [""] + detailLines(command.details) }
    if !command.options.isEmpty {
      lines.append("")
      for option in command.options { lines += entry(option.synopsis, option.summary) }
    }
    if !command.examples.isEmpty {
      lines += ["", style.apply(.dim, to: command.examples.count == 1 ? "Example" : "Examples")]
      // What goes on is indented further: it is no example of its own.
      lines += command.examples.map { "  \($0.text)".folded(toWidth: width, indent: 6) }
    }
    return lines.joined(separator: "\n")
  }

  /// A word and what it means, side by side where there is room.
  private func entry(_ head: String, _ text: String) -> [String] {
    let column = width < 60 ? 4 : 30
    let words = head.hasSuffix(" ") ? String(head.dropLast()) : head
    let rest = text.wrapped(toWidth: max(20, width - column - 2)).split(separator: "\n")
    let indent = String(repeating: " ", count: column + 2)
    // No room beside it: below.
    guard words.displayWidth <= column - 2, let first = rest.first else {
      return ["  " + words] + rest.map { indent + $0 }
    }
    let padding = String(repeating: " ", count: column - words.displayWidth)
    return ["  " + words + padding + first] + rest.dropFirst().map { indent + $0 }
  }

  private func indented(_ text: String) -> [String] {
    text.wrapped(toWidth: width - 2).split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "  \($0)" }
  }

  /// Paragraphs are wrapped; lines that are indented already are a list, and go on further to the right.
  private func detailLines(_ details: String) -> [String] {
    var lines: [String] = []
    var paragraph: [Substring] = []
    func end() {
      if !paragraph.isEmpty { lines += indented(paragraph.joined(separator: "\n")) }
      paragraph = []
    }
    for line in details.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("  ") || line.isEmpty {
        end()
        lines.append(line.isEmpty ? "" : "  \(line)".folded(toWidth: width, indent: 8))
      } else {
        paragraph.append(line)
      }
    }
    end()
    return lines
  }
}
