/// Why a line editor could not be created.
public enum LineEditingError: Error, Sendable, Equatable {
  /// Input or output is a file, a pipe or closed.
  case notATerminal
  /// All places for signals are taken by other editors of this program.
  case tooManyEditors(limit: Int)
  /// The system refused something; `code` is its `errno`.
  case system(action: String, code: Int32)
}

extension LineEditingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notATerminal:
      "no line editing: input and output must be a terminal. Read plain lines instead."
    case .tooManyEditors(let limit):
      "no line editing: \(limit) editors are open already. Close one first."
    case .system(let action, let code):
      "no line editing: cannot \(action) (errno \(code)). Read plain lines instead."
    }
  }
}
