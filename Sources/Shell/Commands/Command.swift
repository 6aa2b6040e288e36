/// One command of the shell's language: what it is called, what it takes, what it does.
///
/// The table of these is the language: help, usage errors, completion and the manual are made of it.
package struct Command: Sendable {
  /// Under which heading `help` lists it.
  package enum Group: String, Sendable, CaseIterable {
    case application = "The application"
    case faults = "Breaking things"
    case inspection = "Looking inside"
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
    /// Something that the application knows, from the words before and the prefix typed.
    case live(@Sendable (Session, _ words: [String]) -> [String])
    /// Anything.
    case free
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
  package let examples: [String]
  package let arguments: [Argument]
  /// How many arguments it takes.
  package let arity: ClosedRange<Int>
  /// Whether it changes the system: then it is an event, to which causes lead back.
  package let acts: Bool
  package let run: Run

  package init(
    _ name: String, _ group: Group, usage: String = "", _ summary: String, details: String = "",
    examples: [String] = [], arguments: [Argument] = [], arity: ClosedRange<Int> = 0...0,
    acts: Bool = false, run: @escaping Run
  ) {
    self.name = name
    self.group = group
    self.usage = usage
    self.summary = summary
    self.details = details
    self.examples = examples
    self.arguments = arguments
    self.arity = arity
    self.acts = acts
    self.run = run
  }

  /// The name and what follows it.
  package var synopsis: String { usage.isEmpty ? name : "\(name) \(usage)" }

  /// An error that shows how the command is used.
  package var usageError: CommandError { .usage("usage: \(synopsis). `help \(name)` tells more.") }
}

/// A command as somebody typed it.
package struct Invocation: Sendable {
  package let command: Command
  package let arguments: [String]
  /// The line it stands in, counted from 1.
  package let line: Int

  package init(command: Command, arguments: [String], line: Int) {
    self.command = command
    self.arguments = arguments
    self.line = line
  }
}

/// What a command found out, for a person and for a program. Only one of them is asked for.
package struct CommandResult: Sendable {
  private let makeText: @Sendable () -> String?
  private let makeValue: @Sendable () -> JSONValue

  /// For a person; nil when there is nothing to say. May have several lines.
  package var text: String? { makeText() }
  /// For a program.
  package var value: JSONValue { makeValue() }

  package init(text: String? = nil, value: JSONValue = .null) {
    makeText = { text }
    makeValue = { value }
  }

  /// A result that may be large: what is not asked for is never made.
  package init(
    text: @escaping @Sendable () -> String?, value: @escaping @Sendable () -> JSONValue
  ) {
    makeText = text
    makeValue = value
  }

  /// Nothing to say.
  package static let done = CommandResult()
}

/// A command failed: a code for programs, a sentence with a next step for people.
package struct CommandError: Error, Hashable {
  package var code: String
  package var message: String

  package init(_ code: String, _ message: String) {
    self.code = code
    self.message = message
  }

  package static func usage(_ message: String) -> CommandError { .init("usage", message) }
  package static func unknownTarget(_ message: String) -> CommandError {
    .init("unknown_target", message)
  }
}
