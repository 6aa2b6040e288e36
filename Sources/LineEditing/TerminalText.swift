/// Text made safe for a terminal.
///
/// Names, messages and values come from users. A control character among them could move the
/// cursor, set the window's title, or answer a question that nobody asked. Colours are let through,
/// because our own reports use them.
///
/// ```swift
/// TerminalText.safe("a\u{1B}[31mb\u{7}")   // "a\u{1B}[31mb\u{1B}[0m"
/// TerminalText.plain("a\u{1B}[31mb\u{7}")  // "ab"
/// ```
enum TerminalText {
  /// Whether the scalar is a control character: U+0000…U+001F, U+007F…U+009F.
  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }

  /// The text with newlines and colours, without other control characters.
  ///
  /// A tab becomes a space. A colour that is still on at the end is switched off, so that it can't
  /// run into the prompt.
  ///
  /// - Parameter coloured: False for a terminal that knows no colours; they are left out.
  static func safe(_ text: String, coloured: Bool = true) -> String {
    // Nearly every text is plain, and checking costs a tenth of copying.
    if !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x0A || $0 == 0x7F || $0 == 0xC2 }) {
      return text
    }
    return filter(text, keepsNewlines: true, keepsColours: coloured)
  }

  /// The text without any control character, newlines and colours included.
  static func plain(_ text: String) -> String {
    filter(text, keepsNewlines: false, keepsColours: false)
  }

  private static func filter(_ text: String, keepsNewlines: Bool, keepsColours: Bool) -> String {
    var result = String.UnicodeScalarView()
    var isColoured = false
    var rest = text.unicodeScalars[...]
    while let scalar = rest.first {
      if let sequence = colour(at: rest) {
        if keepsColours {
          result.append(contentsOf: sequence)
          isColoured = !isReset(sequence)
        }
        rest = rest[sequence.endIndex...]
        continue
      }
      rest.removeFirst()
      if scalar == "\t" {
        result.append(" ")
      } else if !isControl(scalar) || (scalar == "\n" && keepsNewlines) {
        result.append(scalar)
      }
    }
    if isColoured { result.append(contentsOf: "\u{1B}[0m".unicodeScalars) }
    return String(result)
  }

  /// The colour sequence that the text begins with: ESC `[`, at most 32 digits, semicolons and
  /// colons, `m`.
  static func colour(at text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView? {
    guard text.first == "\u{1B}" else { return nil }
    var index = text.index(after: text.startIndex)
    guard index < text.endIndex, text[index] == "[" else { return nil }
    text.formIndex(after: &index)
    for _ in 0...32 {
      guard index < text.endIndex else { return nil }
      let scalar = text[index]
      text.formIndex(after: &index)
      switch scalar {
      case "m": return text[..<index]
      case "0"..."9", ";", ":": continue
      default: return nil
      }
    }
    return nil
  }

  private static func isReset(_ sequence: Substring.UnicodeScalarView) -> Bool {
    let parameters = sequence.dropFirst(2).dropLast()
    return parameters.allSatisfy { $0 == "0" || $0 == ";" }
  }
}
