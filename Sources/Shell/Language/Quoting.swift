/// The way back from a word to source that means it.
extension Lexer {
  /// Quotes a word so that lexing gives it back, and only if it has to be quoted.
  ///
  ///     Lexer.quote("eggs")        // eggs
  ///     Lexer.quote("brown eggs")  // 'brown eggs'
  ///     Lexer.quote("it's")        // "it's"
  ///     Lexer.quote("")            // ''
  ///
  /// Completion inserts such words and `--echo` prints them. The result also means the same to a
  /// POSIX shell wherever it is quoted. A NUL can't be quoted: no line may hold one.
  package static func quote(_ word: String) -> String {
    let quote = quotingCharacter(for: word)
    return opened(word, by: quote) + (quote.map(String.init) ?? "")
  }

  /// Quotes the beginning of a word, without the closing quote.
  ///
  /// For completion, when all candidates go on alike for a while: what they share is inserted
  /// and the word stays open.
  ///
  /// - Parameter openQuote: The quote in which the user began the word, kept where it can be.
  package static func quotePrefix(_ prefix: String, openQuote: Character? = nil) -> String {
    // Single quotes can't contain one; everything else fits into the quotes the user chose.
    if openQuote == "\"" || openQuote == "'" && !prefix.utf8.contains(.singleQuote) {
      return opened(prefix, by: openQuote)
    }
    return opened(prefix, by: prefix.isEmpty ? nil : quotingCharacter(for: prefix))
  }

  /// Single quotes where quotes are needed, since between them nothing needs a backslash; double
  /// quotes for a word that contains a single one.
  private static func quotingCharacter(for word: String) -> Character? {
    if word.utf8.contains(.singleQuote) { return "\"" }
    return needsQuotes(word) ? "'" : nil
  }

  private static func needsQuotes(_ word: String) -> Bool {
    if word.isEmpty { return true }
    if word.utf8.first == .hash, !word.utf8.starts(with: "#PID<".utf8) { return true }
    return word.utf8.contains { byte in
      switch byte {
      // Control characters would survive unquoted, except a carriage return at the line's end.
      // Quoting them all is the simpler promise.
      case 0...UInt8.space, 0x7F: true
      case .doubleQuote, .semicolon, .backslash, .dollar: true
      default: false
      }
    }
  }

  private static func opened(_ word: String, by quote: Character?) -> String {
    switch quote {
    case nil:
      return word
    case "\""?:
      var result = "\""
      for scalar in word.unicodeScalars {
        switch scalar {
        case "\"", "\\", "$", "`": result.unicodeScalars.append("\\")
        default: break
        }
        result.unicodeScalars.append(scalar)
      }
      return result
    case let quote?:
      return "\(quote)\(word)"
    }
  }
}
