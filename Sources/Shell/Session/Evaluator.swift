internal import Processes
package import Supervision

/// Runs lines of the shell's language, one command after the other.
///
/// Runs inside a process, so that what a command does is caused by it and so that a call waits like
/// any process's. A command is over when the system has settled and its events are printed, so the
/// next one finds its effects.
package struct Evaluator {
  /// How long a command may keep the system busy before the next one goes ahead.
  private static let patience = Duration.seconds(5)

  package let session: Session
  package let process: ProcessContext

  package init(session: Session, process: ProcessContext) {
    self.session = session
    self.process = process
  }

  /// Runs one line.
  ///
  /// - Parameters:
  ///   - keepsGoing: Whether the commands behind a failing one are run.
  ///   - echo: Shows a command before it is run.
  /// - Returns: Whether all of its commands succeeded.
  package func evaluate(
    _ bytes: ArraySlice<UInt8>, line: Int, keepsGoing: Bool, echo: (String) -> Void = { _ in }
  ) async -> Bool {
    let commands: [Lexer.Command]
    do {
      commands = try Lexer.lex(bytes)
    } catch {
      let source = String(decoding: bytes.prefix(200), as: UTF8.self)
      echo(source)
      let failure = CommandError(error.code, error.description)
      session.printer.print(.failure(failure), command: source, line: line)
      return false
    }
    var succeeded = true
    for command in commands {
      echo(command.source)
      if await !evaluate(command, line: line) {
        succeeded = false
        if !keepsGoing { return false }
      }
      if session.isQuitting { break }
    }
    return succeeded
  }

  private func evaluate(_ command: Lexer.Command, line: Int) async -> Bool {
    session.beginCommand(by: process.pid)
    let result: Result<CommandResult, CommandError>
    do {
      let words = try session.variables.expand(command.words)
      result = .success(try await perform(words, line: line, source: command.source))
    } catch {
      result = .failure(Self.failure(error))
    }
    // The person who interrupted it knows.
    if process.cell.isEnded { return false }
    session.printer.print(result, command: command.source, line: line)
    guard case .success = result else { return false }
    if session.tour != nil {
      await TourConductor(evaluator: self).note(command.words.map(\.text), line: line)
    }
    return true
  }

  /// Runs the command that these words call, and prints what happened, but not what it found out.
  ///
  /// - Parameter source: How it was typed; nil for a command that another command runs.
  func perform(
    _ words: [String], line: Int, source: String? = nil
  ) async throws -> CommandResult {
    let outcome: Result<CommandResult, any Error>
    do {
      let call = try session.table.call(words)
      if call.command.acts {
        let text = source ?? words.map(Lexer.quote).joined(separator: " ")
        process.cause = session.emitCommand(text, line: line)
      } else {
        process.cause = nil
      }
      let invocation = Invocation(call, line: line, session: session)
      outcome = .success(try await call.command.run(session, invocation))
    } catch {
      outcome = .failure(error)
    }
    // Interrupted: whoever waits for the prompt is not to wait for anything else.
    if process.cell.isEnded { throw ProcessEnded() }
    if await !session.runtime.settle(timeout: Self.patience) {
      session.printer.note(
        "  … still busy after \(Self.patience.inWords), going on. `ps` shows who.")
    }
    session.printer.printEvents()
    return try outcome.get()
  }

  /// What an error of any kind is to a person.
  static func failure(_ error: any Error) -> CommandError {
    switch error {
    case let error as CommandError: error
    case let error as CallError where error.reason == .timeout:
      CommandError("timeout", "\(error). `ps` shows who is busy.")
    case let error as CallError where error.reason == .noProcess:
      CommandError("no_process", "\(error). `ps` lists what is running.")
    case let error as CallError: CommandError("exited", "\(error). `why` tells how.")
    case let error as StartError: CommandError("start_failed", "\(error)")
    case let error as ChildError: CommandError("child_error", "\(error)")
    case let error as SysError: CommandError("not_a_server", "\(error). `ps` shows who is one.")
    case is ProcessEnded: CommandError("interrupted", "interrupted.")
    default: CommandError("failed", "\(error)")
    }
  }
}

extension LexicalError {
  /// The code for programs.
  var code: String {
    switch self {
    case .unbalancedQuote: "unbalanced_quote"
    case .trailingBackslash: "trailing_backslash"
    case .nulByte: "nul_byte"
    case .invalidUTF8: "invalid_utf8"
    }
  }
}
