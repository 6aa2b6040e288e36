/// Cuts one line of the shell's language into commands and their words.
///
/// The rules are those of a POSIX shell's quoting, and only those: there are no globs and no
/// redirections, so `*`, `<` and `>` are ordinary characters and a process identifier needs no
/// quotes.
///
///     try Lexer.lex(#"put shopping "brown eggs" 3; keys # what is there?"#)
///     // [[put, shopping, brown eggs, 3], [keys]]
///
/// - Spaces and tabs separate words. `;` separates commands, and so does a newline, which only
///   pasted text and `-c` contain. A command without words is no command: `;;` is harmless.
/// - `#` at the start of a word begins a comment that ends with the line. `#PID<` is the one
///   exception, because `#PID<0.72.0>` is how processes are printed elsewhere and one pastes it.
/// - Between single quotes every character stands for itself. Between double quotes a backslash
///   escapes `"`, `\`, `$`, a backtick and a newline, and stands for itself before anything else.
///   Outside quotes it escapes whatever follows. An escaped newline disappears.
/// - `$name` and `${name}` refer to a variable, except between single quotes and behind a
///   backslash; the lexer notes where, and ``Variables`` puts the value in. A value is never cut
///   into words. A `$` before anything else is a character like others.
/// - Adjacent pieces are one word (`a"b c"d`), and an empty pair of quotes is an empty word.
/// - One carriage return at the end of the line, or before a newline, belongs to the line's end.
///
/// A line fails as a whole, before any of its commands could run: half of a mistyped line is
/// seldom what was meant. ``PartialLine`` is the forgiving neighbour that reads a line while it
/// is being typed, and ``quote(_:)`` is the way back from a word to its source.
package enum Lexer {
  /// One word of a command: what it says and where it stood.
  package struct Word: Sendable, Equatable {
    /// The text with its quotes and backslashes removed.
    package var text: String

    /// Where the word's source stands in the line, quotes included, as UTF-8 offsets.
    package var range: Range<Int>

    /// Whether a quote or a backslash took part. A quoted word is a name even where the bare
    /// word would be a keyword, and completion keeps its quotes.
    package var isQuoted: Bool

    /// Where in `text` a `$` stands that refers to a variable, as UTF-8 offsets.
    package var references: [Int]

    package init(
      text: String, range: Range<Int>, isQuoted: Bool = false, references: [Int] = []
    ) {
      self.text = text
      self.range = range
      self.isQuoted = isQuoted
      self.references = references
    }
  }

  /// One command of a line: at least one word.
  package struct Command: Sendable, Equatable {
    package var words: [Word]

    /// The command as it was typed, from its first word to its last: no separator, no comment.
    package var source: String

    package init(words: [Word], source: String) {
      self.words = words
      self.source = source
    }
  }

  /// Lexes a line that is known to be text, such as one from the line editor.
  ///
  /// - Returns: The commands in order; none for a line that is empty or only a comment.
  /// - Throws: `LexicalError`; its columns count characters from 1.
  /// - Complexity: O(n), in the line's length.
  package static func lex(_ line: String) throws(LexicalError) -> [Command] {
    var line = line
    // The result leaves the closure as a value, because `withUTF8` does not carry typed errors.
    return try line.withUTF8 { bytes in outcome(of: bytes) }.get()
  }

  /// Lexes a line of bytes, such as one from a script, which may not be text at all.
  ///
  /// - Throws: As ``lex(_:)-(String)``, and `LexicalError.invalidUTF8`.
  package static func lex(_ line: ArraySlice<UInt8>) throws(LexicalError) -> [Command] {
    try line.withUnsafeBufferPointer { bytes -> Result<[Command], LexicalError> in
      if let offset = firstInvalidOffset(in: bytes) {
        return .failure(
          .invalidUTF8(byte: bytes[offset], column: column(of: offset, in: bytes)))
      }
      return outcome(of: bytes)
    }.get()
  }

  /// As ``lex(_:)-(ArraySlice<UInt8>)``, for a whole array.
  package static func lex(_ line: [UInt8]) throws(LexicalError) -> [Command] {
    try lex(line[...])
  }

  /// Whether a line would be whole if another followed: a quotation is open, or it ends in a
  /// backslash.
  package static func isUnfinished(_ line: String) -> Bool {
    do throws(LexicalError) {
      _ = try lex(line)
      return false
    } catch .unbalancedQuote, .trailingBackslash {
      return true
    } catch {
      return false
    }
  }

  /// The pointer is valid for the duration of the call, and nothing in the result refers to it:
  /// every word and source is a copy.
  private static func outcome(
    of bytes: UnsafeBufferPointer<UInt8>
  ) -> Result<[Command], LexicalError> {
    var commands: [Command] = []
    var words: [Word] = []
    var scanner = LineScanner(bytes, dropsCarriageReturn: true)

    while true {
      switch scanner.next() {
      case .word(let word, .complete):
        // Most commands have two to four words; growing by doubling would allocate three times.
        if words.isEmpty { words.reserveCapacity(4) }
        words.append(word)
        continue
      case .word(_, .insideQuote(let quote, let offset)):
        return .failure(
          .unbalancedQuote(
            Character(Unicode.Scalar(quote)), column: column(of: offset, in: bytes)))
      case .word(_, .afterBackslash(let offset)):
        return .failure(.trailingBackslash(column: column(of: offset, in: bytes)))
      case .nulByte(let offset):
        return .failure(.nulByte(column: column(of: offset, in: bytes)))
      case .separator, .endOfLine:
        break
      }
      if let first = words.first, let last = words.last {
        let range = first.range.lowerBound..<last.range.upperBound
        commands.append(
          Command(words: words, source: String(decoding: bytes[range], as: UTF8.self)))
        words = []
      }
      if scanner.isAtEnd { return .success(commands) }
    }
  }

  /// The column, counted in characters from 1, of the byte at `offset`.
  private static func column(of offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
    String(decoding: bytes[..<offset], as: UTF8.self).count + 1
  }

  /// The offset of the first byte that is not part of a UTF-8 character, or nil.
  private static func firstInvalidOffset(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    // Nearly all lines are ASCII; the others pay for one more pass.
    if bytes.allSatisfy({ $0 < 0x80 }) { return nil }
    if String(validating: bytes, as: UTF8.self) != nil { return nil }
    var offset = 0
    var iterator = bytes.makeIterator()
    var parser = UTF8.ForwardParser()
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let scalar): offset += scalar.count
      case .error: return offset
      case .emptyInput: return nil
      }
    }
  }
}
