/// One command of the shell's language: what it is called, what it takes, what it does.
///
/// The table of these is the language: help, usage errors, completion and the manual are made of it. A class, since each
/// invocation bears the one that it is of.
package final class Command: Sendable {
  /// Under which heading `help` lists it: what somebody wants to do.
  package enum Group: String, Sendable, CaseIterable {
    case application = "The application"
    case faults = "Breaking things"
    case inspection = "Looking inside"
    case history = "Why it happened"
    case bonds = "Links and monitors"
    case scripting = "Scripts"
    case session = "The shell"
  }

  /// What can stand at an argument's place, for completion.
  package enum Argument: Sendable {
    /// A process: a name, a PID, an application's own words.
    case target
    /// One of these words.
    case choice([String])
    /// The name of a command.
    case command
    /// A whole command: its name, then whatever that takes.
    case commandLine
    /// The name of a file.
    case file
    /// Something that the application knows, from the words before and the prefix typed.
    case live(@Sendable (Session, _ words: [String]) -> [String])
    /// Anything.
    case free
  }

  /// A word that begins with two hyphens, before or behind the arguments.
  package struct Option: Sendable {
    package let name: String
    /// What its value is called in the usage; nil for an option that has none.
    package let value: String?
    package let summary: String

    package init(_ name: String, _ summary: String) {
      self.name = name
      value = nil
      self.summary = summary
    }

    package init(_ name: String, _ value: String, _ summary: String) {
      self.name = name
      self.value = value
      self.summary = summary
    }

    package var synopsis: String { value.map { "--\(name) \($0)" } ?? "--\(name)" }
  }

  /// Something that one can type, and that succeeds when it is typed after `setup`; tests do so.
  package struct Example: Sendable, ExpressibleByStringLiteral {
    package let text: String
    /// Commands that make the world in which the example makes sense.
    package let setup: String

    package init(_ text: String, after setup: String = "") {
      self.text = text
      self.setup = setup
    }

    package init(stringLiteral text: String) { self.init(text) }
  }

  package typealias Run = @Sendable (Session, Invocation) async throws -> CommandResult

  package let name: String
  package let group: Group
  /// What follows the name, in the notation of manuals: `[BUCKET] KEY VALUE`.
  package let usage: String
  /// One line for the list.
  package let summary: String
  /// What `help NAME` says beyond the summary.
  package let details: String
  package let examples: [Example]
  package let options: [Option]
  package let arguments: [Argument]
  /// How many arguments it takes.
  package let arity: ClosedRange<Int>
  /// Whether it changes the system: then it is an event, to which causes lead back.
  package let acts: Bool
  package let run: Run

  package init(
    _ name: String, _ group: Group, usage: String = "", _ summary: String, details: String = "",
    examples: [Example] = [], options: [Option] = [], arguments: [Argument] = [],
    arity: ClosedRange<Int> = 0...0, acts: Bool = false, run: @escaping Run
  ) {
    self.name = name
    self.group = group
    self.usage = usage
    self.summary = summary
    self.details = details
    self.examples = examples
    self.options = options
    self.arguments = arguments
    self.arity = arity
    self.acts = acts
    self.run = run
  }

  /// The name and what follows it.
  package var synopsis: String {
    ([name] + options.map { "[\($0.synopsis)]" } + (usage.isEmpty ? [] : [usage]))
      .joined(separator: " ")
  }

  /// An error that shows how the command is used.
  package var usageError: CommandError { .usage("usage: \(synopsis). `help \(name)` tells more.") }

  /// Whether an argument of it is a command, whose options are not its own.
  package var takesCommand: Bool {
    arguments.contains { if case .commandLine = $0 { true } else { false } }
  }
}
