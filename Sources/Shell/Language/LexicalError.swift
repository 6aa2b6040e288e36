/// Why a line could not be cut into words.
///
/// Unlike a usage error this concerns the line, not one of its commands: which commands the line
/// holds is just what could not be found out. Columns count characters from 1, as editors do.
package enum LexicalError: Error, Sendable, Equatable {
  /// A quote that opens at `column` is never closed.
  case unbalancedQuote(Character, column: Int)

  /// The line's last character is a backslash, and there is nothing left that it could escape.
  case trailingBackslash(column: Int)

  /// NUL is valid UTF-8, but no terminal shows it; in a script it means a file that is no script.
  case nulByte(column: Int)

  /// A byte that no UTF-8 text has at this place.
  case invalidUTF8(byte: UInt8, column: Int)
}

extension LexicalError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to do about it.
  package var description: String {
    switch self {
    case .unbalancedQuote(let quote, let column):
      "unbalanced quote: the \(quote) at column \(column) is never closed. "
        + "Close it, or write \\\(quote) for the character itself."
    case .trailingBackslash(let column):
      "trailing backslash: nothing follows the \\ at column \(column). "
        + "Remove it, or write \\\\ for the character itself."
    case .nulByte(let column):
      "NUL byte: column \(column) holds a character that no name or value can hold. "
        + "Remove it, and check that the input is a text file."
    case .invalidUTF8(let byte, let column):
      "invalid UTF-8: the byte 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16)) "
        + "at column \(column) is not text. Save the script as UTF-8."
    }
  }
}
