extension String {
  /// The text broken into lines of at most `width` columns, between words.
  ///
  /// Paragraphs, which empty lines separate, stay apart; within one, single newlines are spaces. A
  /// word that is wider than a line has one of its own.
  package func wrapped(toWidth width: Int) -> String {
    var paragraphs: [[Substring]] = [[]]
    for line in split(separator: "\n", omittingEmptySubsequences: false) {
      let words = line.split(separator: " ")
      if words.isEmpty {
        if paragraphs.last?.isEmpty == false { paragraphs.append([]) }
      } else {
        paragraphs[paragraphs.count - 1] += words
      }
    }
    return paragraphs.filter { !$0.isEmpty }.map { Self.lines($0, width).joined(separator: "\n") }
      .joined(separator: "\n\n")
  }

  private static func lines(_ words: [Substring], _ width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in words {
      let wide = String(word).displayWidth
      if used > 0, used + 1 + wide > width {
        lines.append(line)
        (line, used) = ("", 0)
      }
      line += used > 0 ? " \(word)" : String(word)
      used += used > 0 ? 1 + wide : wide
    }
    return lines + [line]
  }
}
