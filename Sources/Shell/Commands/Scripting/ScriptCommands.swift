internal import Supervision

/// Commands that make scripts of commands.
enum ScriptCommands {
  static let all =
    [echo, set, unset, AssertCommand.assert, expectError, WaitForCommand.waitFor, source]
    + TimingCommands.all

  private static let echo = Command(
    "echo", .scripting, usage: "[TEXT…]", "print a text",
    examples: ["echo hello", .init("echo the bucket is $b", after: "create a; set b lookup a")],
    arguments: [.free], arity: 0...1000
  ) { _, invocation in
    let text = invocation.arguments.joined(separator: " ")
    return CommandResult(text: Sanitizer.sanitize(text), value: .string(text))
  }

  private static let set = Command(
    "set", .scripting, usage: "[NAME COMMAND…]", "keep what a command finds out in a variable",
    details: """
      `$NAME` and `${NAME}` then stand for it, in words without quotes and between double quotes; it
      stays one word, whatever is in it. `set NAME echo TEXT` keeps a text. Without an argument, lists
      the variables.
      """,
    examples: [
      .init("set b lookup shopping; put $b eggs 3; get shopping eggs", after: "create shopping"),
      "set greeting echo 'good morning'; echo \"$greeting, ${greeting}!\"", "set",
    ],
    arguments: [.free, .commandLine], arity: 0...1000
  ) { session, invocation in
    guard let name = invocation.arguments.first else {
      let all = session.variables.all
      return CommandResult(
        text: all.isEmpty
          ? nil
          : all.map { "\($0.name) = \(Sanitizer.sanitize($0.value))" }.joined(separator: "\n"),
        value: .object(all.map { ($0.name, .string($0.value)) }))
    }
    guard Variables.isName(name) else {
      throw CommandError.usage(
        "`\(name.shown)` can't be a variable's name: use letters, digits and underscores, as in "
          + "`set b lookup shopping`.")
    }
    guard invocation.arguments.count > 1 else {
      throw CommandError.usage(
        "set needs a command whose result \(name) is to hold: `set \(name) echo TEXT`, or "
          + "`unset \(name)`.")
    }
    let result = try await invocation.perform(Array(invocation.arguments.dropFirst()))
    session.variables[name] = result.plainText
    return .done
  }

  private static let unset = Command(
    "unset", .scripting, usage: "NAME…", "forget variables",
    examples: [.init("unset b", after: "set b echo x")],
    arguments: [
      .live { session, _ in session.variables.all.map(\.name) }
    ], arity: 1...1000
  ) { session, invocation in
    for name in invocation.arguments {
      guard session.variables[name] != nil else {
        throw CommandError(
          "unknown_variable", "no variable is called \(name.shown): `set` lists them.")
      }
      session.variables[name] = nil
    }
    return .done
  }

  private static let expectError = Command(
    "expect-error", .scripting, usage: "COMMAND…",
    "succeed if a command fails, and print its error",
    examples: ["expect-error get nowhere eggs", "expect-error kill nobody"],
    arguments: [.commandLine], arity: 1...1000
  ) { _, invocation in
    let error: CommandError
    do {
      let result = try await invocation.perform(invocation.arguments)
      let command = invocation.arguments.map(Lexer.quote).joined(separator: " ").shown
      let found = result.plainText
      throw AssertionFailure(
        message: "expected `\(command)` to fail, but it succeeded"
          + (found.isEmpty ? "." : " with `\(found.shown)`."))
    } catch let failure as AssertionFailure {
      throw CommandError("assertion_failed", failure.message)
    } catch let ended as ProcessEnded {
      throw ended
    } catch let other {
      error = Evaluator.failure(other)
    }
    return CommandResult(
      text: error.message, value: ["error": .string(error.code), "message": .string(error.message)])
  }

  private struct AssertionFailure: Error {
    let message: String
  }

  private static let source = Command(
    "source", .scripting, usage: "FILE", "run the commands of a file, as if typed here",
    details: """
      Stops at the first command that fails, and then fails itself. Variables and the current bucket
      stay as the file leaves them. Files may source others.
      """,
    examples: ["source setup.kv"], arguments: [.file], arity: 1...1
  ) { session, invocation in
    let path = invocation.arguments[0]
    guard session.sourceDepth < 50 else {
      throw CommandError(
        "source_depth", "\(path.shown) sources itself, or 50 files source each other: end that.")
    }
    let bytes = try SourceFile.read(path)
    session.sourceDepth += 1
    defer { session.sourceDepth -= 1 }
    let evaluator = Evaluator(session: session, process: try invocation.process)
    let reader = LineReader(bytes: bytes)
    reading: while true {
      switch try reader.next() {
      case .line(let line):
        guard await evaluator.evaluate(line.bytes, line: line.number, keepsGoing: false) else {
          throw CommandError(
            "source_failed", "\(path.shown) stopped at its line \(line.number), see above.")
        }
        if session.isQuitting { break reading }
      case .endOfInput, .wouldBlock: break reading
      }
    }
    return .done
  }
}

extension CommandResult {
  /// What was found out as a text to compare and to keep: of a list its elements, of nothing nothing.
  package var plainText: String {
    switch value {
    case .null: ""
    case .string(let text): text
    case .bool, .integer, .number: value.description
    case .array(let elements):
      if let words = Self.words(elements) { words.joined(separator: " ") } else { text ?? "" }
    case .object, .verbatim: text ?? value.description
    }
  }

  private static func words(_ elements: [JSONValue]) -> [String]? {
    var words: [String] = []
    for element in elements {
      guard case .string(let word) = element else { return nil }
      words.append(word)
    }
    return words
  }
}
