#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The C library's idea of characters, which libedit works with and which is the program's setting.
enum CharacterSet {
  /// Whether characters other than ASCII can be shown.
  ///
  /// The first access makes the setting: the user's, if it is a UTF-8 one, else one that every
  /// system should have. Without it libedit would show an umlaut as two escapes and, in the worst
  /// case, abort the program on one.
  static let isUnicode: Bool = {
    for name in ["", "C.UTF-8", "en_US.UTF-8"] {
      guard setlocale(LC_CTYPE, name) != nil else { continue }
      if let codeset = nl_langinfo(nl_item(CODESET)), String(cString: codeset) == "UTF-8" {
        return true
      }
    }
    setlocale(LC_CTYPE, "C")
    return false
  }()
}
