/// Makes text that came from outside harmless for the terminal.
///
/// A bucket's name, a value, an exit reason may hold anything; a terminal obeys what it is sent,
/// and one bucket named `ESC [ 2 J` would clear the screen, another could rewrite the line above
/// it. So every text that a user or a message supplied passes through here before it is printed
/// to be looked at. Output for programs, such as JSON, has escapes of its own.
///
///     Sanitizer.sanitize("a\u{1b}[2Jb")  // a\u{1b}[2Jb, spelled out
///     Sanitizer.sanitize("two\nlines")   // two\nlines, on one line
///
/// Escaped are the C0 and C1 controls, DEL, the separators U+2028 and U+2029, and the characters
/// that override or isolate the direction of text (U+202A to U+202E, U+2066 to U+2069), with
/// which a line can be made to read differently from what it says.
///
/// They appear as Swift's own escapes. The caret notation (`^[`) would be shorter, but knows
/// neither C1 nor Unicode, and `^[` is what a person may really have typed. A backslash in the
/// text is left alone, so sanitizing twice changes nothing; the result is to be read, not parsed.
package enum Sanitizer {
  /// The text on one line, with nothing in it that a terminal would obey.
  ///
  /// - Complexity: O(n); a text without anything to escape is returned as it is.
  package static func sanitize(_ text: String) -> String {
    guard mayNeedEscapes(text) else { return text }
    var result = ""
    result.reserveCapacity(text.utf8.count + 16)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x00: result += #"\0"#
      case 0x09: result += #"\t"#
      case 0x0A: result += #"\n"#
      case 0x0D: result += #"\r"#
      case 0x00..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069:
        result += #"\u{"# + String(scalar.value, radix: 16) + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A cheap look at the bytes. 0xC2 begins the C1 controls and 0xE2 the rest; both begin
  /// harmless characters as well, which only costs the slower way.
  private static func mayNeedEscapes(_ text: String) -> Bool {
    text.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 || $0 == 0xE2 }
  }
}
