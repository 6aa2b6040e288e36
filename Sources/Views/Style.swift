/// What text means, turned into what it looks like: colours on a terminal, nothing elsewhere.
///
///     let style = Style(isColored: true)
///     style.apply(.failure, to: "✗") + " shopping"
///     Style.plain.apply(.failure, to: "✗")  // ✗
///
/// Callers name a role, never a colour. The colours are the terminal's own palette, which its
/// owner has made readable; of the eight, yellow and white vanish on light backgrounds and blue
/// and black on dark ones, so none of these is used. No meaning rests on colour alone: the
/// shell's lines say in signs and words what the colour repeats.
///
/// Each style is ended by undoing itself rather than by a reset, so a name may stand out within a
/// line that has a colour. Text is not sanitized here; see ``Sanitizer``.
package struct Style: Sendable, Equatable {
  /// What a piece of text is.
  package enum Role: Sendable, CaseIterable {
    /// Something ended badly, or a command failed.
    case failure
    /// Something started, or went as wanted.
    case success
    /// What followed from something else: what a supervisor did.
    case consequence
    /// Of less interest: titles, counts, drawn lines.
    case dim
    /// The name of a process or a command.
    case name
    /// The shell's prompt.
    case prompt
  }

  package var isColored: Bool

  package init(isColored: Bool) {
    self.isColored = isColored
  }

  /// No escape sequences at all, for files, pipes, JSON and tests.
  package static let plain = Style(isColored: false)

  /// The text in the role's style; an empty text stays empty.
  package func apply(_ role: Role, to text: String) -> String {
    guard isColored, !text.isEmpty else { return text }
    let (on, off) = sequences(for: role)
    return on + text + off
  }

  /// What switches the role's style on and off: empty strings in a plain style. For a line editor,
  /// which has to be told which parts of a prompt take no room.
  package func sequences(for role: Role) -> (on: String, off: String) {
    guard isColored else { return ("", "") }
    return switch role {
    case .failure: ("\u{1b}[31m", "\u{1b}[39m")  // red
    case .success: ("\u{1b}[32m", "\u{1b}[39m")  // green
    case .consequence: ("\u{1b}[35m", "\u{1b}[39m")  // magenta
    case .dim: ("\u{1b}[2m", "\u{1b}[22m")  // faint
    case .name, .prompt: ("\u{1b}[1m", "\u{1b}[22m")  // bold
    }
  }

  /// Whether output should be coloured.
  ///
  /// In order: what the command line says; `NO_COLOR`, unless empty, says no (no-color.org); a
  /// terminal that is `dumb` or doesn't say what it is can't; then only terminals get colours.
  ///
  /// - Parameters:
  ///   - isTerminal: Whether the output is one.
  ///   - environment: The program's; only `NO_COLOR` and `TERM` are looked at.
  ///   - flag: False for `--no-color`; true would insist on colours; nil when not given.
  package static func shouldUseColor(
    isTerminal: Bool, environment: [String: String], flag: Bool? = nil
  ) -> Bool {
    if let flag { return flag }
    if let noColor = environment["NO_COLOR"], !noColor.isEmpty { return false }
    guard let term = environment["TERM"], !term.isEmpty, term != "dumb" else { return false }
    return isTerminal
  }
}
