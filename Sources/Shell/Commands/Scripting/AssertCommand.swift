internal import Supervision

/// What a script holds to be true.
enum AssertCommand {
  static let assert = Command(
    "assert", .scripting, usage: "COMMAND… ==|!=|~|!~ VALUE",
    "fail unless a command finds out VALUE",
    details: """
      `==` and `!=` compare with what a script would keep of it: a value, the elements of a list with
      spaces between them, nothing for nothing. `~` and `!~` look for a regular expression in what would
      be printed. VALUE is one word: quote it if it has spaces.
      """,
    examples: [
      .init("assert get eggs == 3", after: "create shopping; put eggs 3"),
      .init("assert buckets == 'a b'", after: "create a b"),
      .init("assert get eggs != 4", after: "create shopping; put eggs 3"),
      .init("assert tree ~ 'restarted [0-9]+×'", after: "kill registry"),
    ],
    arguments: [.commandLine], arity: 1...1000
  ) { _, invocation in
    let words = invocation.arguments
    guard words.count >= 3, let relation = Relation(rawValue: words[words.count - 2]) else {
      throw CommandError.usage(
        "assert needs a relation and one word before the end: `assert get eggs == 3`, with ==, !=, ~ or !~."
      )
    }
    let command = Array(words.dropLast(2))
    let expected = words[words.count - 1]
    let result = try await invocation.perform(command)
    guard try !relation.holds(result, expected) else { return .done }
    let found = relation == .matches || relation == .lacks ? result.text ?? "" : result.plainText
    let source = command.map(Lexer.quote).joined(separator: " ").shown
    throw CommandError(
      "assertion_failed",
      "expected `\(source)` \(relation.words) `\(expected.shown)`, found "
        + (found.isEmpty ? "nothing." : "`\(found.shown)`."))
  }

  private enum Relation: String {
    case equals = "=="
    case differs = "!="
    case matches = "~"
    case lacks = "!~"

    var words: String {
      switch self {
      case .equals: "to be"
      case .differs: "not to be"
      case .matches: "to match"
      case .lacks: "not to match"
      }
    }

    func holds(_ result: CommandResult, _ expected: String) throws(CommandError) -> Bool {
      switch self {
      case .equals: return result.plainText == expected
      case .differs: return result.plainText != expected
      case .matches, .lacks:
        let pattern: Regex<AnyRegexOutput>
        do {
          pattern = try Regex(expected)
        } catch {
          throw .usage("`\(expected.shown)` is no regular expression: write \\ before . [ ( * + ?")
        }
        let text = result.text ?? result.plainText
        let isFound = ((try? pattern.firstMatch(in: text)) ?? nil) != nil
        return isFound == (self == .matches)
      }
    }
  }
}
