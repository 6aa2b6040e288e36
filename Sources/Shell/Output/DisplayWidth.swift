/// How many columns of a terminal a text takes.
extension String {
  /// The columns this text occupies: one for most characters, two for the wide ones of East Asia
  /// and for emoji, none for marks that combine with the character before them.
  ///
  /// The C library's `wcwidth` answers the same question, but by the locale of the moment (in
  /// the C locale it knows nothing beyond ASCII) and by the system's age, so one table would
  /// look different on two machines. This is a pure function; it follows `wcwidth` in counting
  /// scalar by scalar, as most terminals do, so a family of emoji is as wide as its members.
  ///
  /// Expects sanitized text. A control character counts as nothing.
  package var displayWidth: Int {
    var width = 0
    for scalar in unicodeScalars { width += scalar.displayWidth }
    return width
  }

  /// The text cut to a width, with `…` as its last column where something was cut.
  ///
  /// Cuts between characters, never inside one, so the result may be a column short of `width`.
  package func truncated(toWidth width: Int) -> String {
    // No character takes more columns than bytes of UTF-8, so short texts end here.
    if utf8.count <= width || displayWidth <= width { return self }
    guard width > 0 else { return "" }
    var result = ""
    var used = 0
    for character in self {
      let more = String(character).displayWidth
      if used + more > width - 1 { break }
      result.append(character)
      used += more
    }
    return result + "…"
  }
}

extension Unicode.Scalar {
  fileprivate var displayWidth: Int {
    switch value {
    case 0x20..<0x7F: return 1
    case ..<0xA0: return 0
    case 0xAD: return 1  // The soft hyphen is a format character that terminals do show.
    case ..<0x300: return 1
    case 0x1160...0x11FF: return 0  // Hangul vowels and finals join the syllable before them.
    default: break
    }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return isWide ? 2 : 1
    }
  }

  /// East Asian Width W or F, in ranges rounded outwards to whole blocks, and emoji. Regional
  /// indicators are emoji that terminals show as two letters, one column each.
  private var isWide: Bool {
    switch value {
    case ..<0x1100: false
    case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF,
      0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
      0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,
      0x1F200...0x1F265, 0x20000...0x3FFFD:
      true
    case 0x1F1E6...0x1F1FF: false
    default: properties.isEmojiPresentation
    }
  }
}
