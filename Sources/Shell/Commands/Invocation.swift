internal import Processes
package import Supervision

/// A command as somebody typed it, on the way through the process that runs it.
package struct Invocation: Sendable {
  package let call: CommandCall
  /// The line it stands in, counted from 1.
  package let line: Int
  private let session: Session

  init(_ call: CommandCall, line: Int, session: Session) {
    self.call = call
    self.line = line
    self.session = session
  }

  package var command: Command { call.command }
  package var arguments: [String] { call.arguments }

  /// The process that runs the command.
  ///
  /// - Throws: `ProcessEnded` once the person has interrupted the command: that kills the process.
  package var process: ProcessContext {
    get throws {
      guard let cell = Runtime.current else { throw ProcessEnded() }
      return ProcessContext(cell: cell)
    }
  }

  /// Lets time pass.
  ///
  /// As a wait for a message that never comes, not as a sleep: a process that sleeps is busy, and
  /// commands that run meanwhile, as `after` makes them, would wait for it to settle.
  package func rest(for duration: Duration) async throws {
    _ = try await process.receive(timeout: duration, where: { _ in nil as Int? })
  }

  /// Whether an option without a value was given.
  package func has(_ option: String) -> Bool { call.options[option] != nil }
  /// The value of an option; nil when it was not given.
  package func value(_ option: String) -> String? { call.options[option] }

  /// Runs another command, as if it had been typed, and waits until the system has settled.
  ///
  /// - Returns: What it found out, which nobody has printed.
  package func perform(_ words: [String]) async throws -> CommandResult {
    try await Evaluator(session: session, process: process).perform(words, line: line)
  }
}

/// The command that words call, with its arguments sorted from its options.
package struct CommandCall: Sendable {
  package let command: Command
  package let arguments: [String]
  /// By name; an option without a value has the empty one.
  package let options: [String: String]
}

// MARK: Values of arguments and options

extension Invocation {
  /// The duration that an option was given; nil when it was not.
  package func duration(_ option: String) throws(CommandError) -> Duration? {
    guard let text = value(option) else { return nil }
    return try .parse(text)
  }

  /// The whole number that an option was given; nil when it was not.
  package func number(_ option: String, _ range: ClosedRange<Int>) throws(CommandError) -> Int? {
    guard let text = value(option) else { return nil }
    return try .parse(text, range, as: "--\(option)")
  }
}

extension Duration {
  /// The duration that a word says, with a sentence for any other word.
  package static func parse(_ text: String) throws(CommandError) -> Duration {
    if let duration = Duration(inWords: text) { return duration }
    throw .usage("`\(text.shown)` is no duration: write 500ms, 2s or 1m.")
  }
}

extension Int {
  /// The number that a word says, with a sentence for any other word.
  package static func parse(
    _ text: String, _ range: ClosedRange<Int>, as name: String
  ) throws(CommandError) -> Int {
    if let number = Int(text), range.contains(number) { return number }
    throw .usage(
      "\(name) takes a number from \(range.lowerBound) to \(range.upperBound), not `\(text.shown)`."
    )
  }
}
