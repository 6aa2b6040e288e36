/// A line as far as it has been typed: the words before the cursor and the one under it.
///
/// Where ``Lexer`` refuses an unfinished line, this reads it for completion, which happens in
/// the middle of words and quotes:
///
///     let line = PartialLine(#"buckets; put "brown e"#)
///     line.words.map(\.text)  // ["put"]
///     line.partial            // brown e
///     line.source             // "brown e
///     line.openQuote          // "
///
/// It never fails. Completion replaces `source` by a quoted candidate, `Lexer.quote(_:)`, or by
/// the candidates' common beginning, `Lexer.quotePrefix(_:openQuote:)`.
package struct PartialLine: Sendable, Equatable {
  /// The complete words of the command under the cursor; those of earlier commands are gone.
  package private(set) var words: [Lexer.Word] = []

  /// What the word under the cursor says so far, unquoted; empty between words.
  package private(set) var partial = ""

  /// Where that word starts, as a UTF-8 offset; between words, the cursor's own offset.
  package private(set) var start = 0

  /// That word as it was typed. A line editor that counts in other units than UTF-8 offsets
  /// measures this to know how much to replace.
  package private(set) var source = ""

  /// The quote that is still open at the cursor, `'` or `"`.
  package private(set) var openQuote: Character?

  /// Whether the cursor stands in a comment, where there is nothing to complete.
  package private(set) var isComment = false

  /// Reads a line up to the cursor.
  ///
  /// - Parameter prefix: The text before the cursor. What follows it plays no part.
  /// - Complexity: O(n), in the prefix's length.
  package init(_ prefix: String) {
    var prefix = prefix
    // The buffer is only read inside this closure; all that leaves it are copies.
    prefix.withUTF8 { read($0) }
  }

  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
    start = bytes.count
    // A carriage return is not dropped here: an editor's line has no line ending yet.
    var scanner = LineScanner(bytes, dropsCarriageReturn: false)
    while true {
      switch scanner.next() {
      case .word(let word, let ending):
        guard scanner.isAtEnd else {
          words.append(word)
          continue
        }
        // The word touches the cursor, so it may still grow.
        partial = word.text
        start = word.range.lowerBound
        source = String(decoding: bytes[word.range], as: UTF8.self)
        if case .insideQuote(let quote, _) = ending {
          openQuote = Character(Unicode.Scalar(quote))
        }
        return
      case .separator:
        words = []
      case .nulByte:
        // Nothing that can be run continues this line, so nothing is offered.
        isComment = true
        words = []
        return
      case .endOfLine:
        isComment = scanner.endedInComment
        return
      }
    }
  }
}
