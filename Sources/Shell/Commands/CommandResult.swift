/// What a command found out, for a person and for a program. Only one of them is asked for.
package struct CommandResult: Sendable {
  private let makeText: @Sendable () -> String?
  private let makeValue: @Sendable () -> JSONValue

  /// Whether the text may be folded for a narrow terminal: not what somebody stored or wants to copy.
  package var isFoldable = true

  /// For a person; nil when there is nothing to say. May have several lines.
  package var text: String? { makeText() }
  /// For a program.
  package var value: JSONValue { makeValue() }

  package init(text: String? = nil, value: JSONValue = .null) {
    makeText = { text }
    makeValue = { value }
    if case .string(let word) = value { isFoldable = word != text }
  }

  /// A result that may be large: what is not asked for is never made.
  package init(
    text: @escaping @Sendable () -> String?, value: @escaping @Sendable () -> JSONValue
  ) {
    makeText = text
    makeValue = value
  }

  /// A text that is also the value.
  package init(_ text: String) {
    self.init(text: text, value: .string(text))
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

extension CommandError: CustomStringConvertible {
  package var description: String { message }
}
