/// What the user did at the keyboard, decoded from the terminal's bytes.
enum Key: Sendable, Equatable {
  /// A character, a control character included. Never U+0080…U+009F: see `PrivateKey`.
  case scalar(Unicode.Scalar)
  /// A whole pasted text, its line ends made "\n" and its other control characters removed.
  case paste(String)
  /// A cursor key, in vi mode only.
  case cursor(PrivateKey)
}

/// Finds keys and pasted texts in a terminal's bytes.
///
/// It differs from `UTF8Decoder`, which it uses, in that it knows two kinds of escape sequence: the
/// brackets that terminals put around pasted text, and, for vi mode, the cursor keys. All others pass
/// through as single characters; libedit has a key map for them.
///
/// Invariants:
/// 1. `next` consumes bytes in their order and never loses any.
/// 2. `bytes[..<position]` is consumed.
/// 3. Inside a paste, nothing but the closing bracket or `discard` ends it.
struct KeyDecoder: Sendable {
  /// Whether cursor keys become `Key.cursor`. In vi's insert mode an escape is a command by itself,
  /// so libedit can't hold a sequence that begins with one; in emacs mode it can, and users may
  /// have bound their own.
  var translatesCursorKeys = false

  private var bytes: [UInt8] = []
  private var position = 0
  private var utf8 = UTF8Decoder()
  private var decoded: [Unicode.Scalar] = []
  private var paste: [UInt8]?

  private static let pasteBegin: [UInt8] = Array("\u{1B}[200~".utf8)
  private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

  mutating func feed(_ new: some Sequence<UInt8>) {
    if position > 0 {
      bytes.removeFirst(position)
      position = 0
    }
    bytes.append(contentsOf: new)
  }

  /// Forgets everything typed ahead, an unfinished paste included.
  mutating func discard() {
    bytes = []
    position = 0
    decoded = []
    paste = nil
    utf8 = UTF8Decoder()
  }

  /// Whether the bytes at hand may be the beginning of an escape sequence; a lone escape may be, and
  /// is a key of its own as well. A caller waits a moment for the rest, then asks `next(flushing: true)`.
  var isHoldingBack: Bool { paste == nil && position < bytes.count }

  /// The next key.
  ///
  /// - Parameter flushing: Don't wait for the rest of an escape sequence.
  /// - Returns: `nil` when more bytes are needed.
  mutating func next(flushing: Bool = false) -> Key? {
    if !decoded.isEmpty { return .scalar(decoded.removeFirst()) }
    while position < bytes.count {
      if paste != nil {
        guard let text = readPaste() else { return nil }
        return .paste(text)
      }
      if bytes[position] == 0x1B, !utf8.isInsideCharacter {
        switch readSequence() {
        case .paste: continue
        case .key(let key): return .cursor(key)
        case .incomplete where !flushing: return nil
        case .incomplete, .other: break
        }
      }
      decoded = utf8.decode(bytes[position]).map(Self.withoutPrivateKeys)
      position += 1
      if !decoded.isEmpty { return .scalar(decoded.removeFirst()) }
    }
    return nil
  }

  // MARK: Escape sequences

  private enum Opening {
    case paste, incomplete, other
    case key(PrivateKey)
  }

  private mutating func readSequence() -> Opening {
    let rest = bytes[position...]
    if rest.starts(with: Self.pasteBegin) {
      position += Self.pasteBegin.count
      paste = []
      return .paste
    }
    var incomplete = Self.pasteBegin.starts(with: rest)
    if translatesCursorKeys {
      for (sequence, key) in PrivateKey.cursorSequences {
        if rest.starts(with: sequence) {
          position += sequence.count
          return .key(key)
        }
        incomplete = incomplete || sequence.starts(with: rest)
      }
    }
    return incomplete ? .incomplete : .other
  }

  // MARK: Paste

  /// Takes what has arrived of a paste, and returns it when its closing bracket has.
  private mutating func readPaste() -> String? {
    while position < bytes.count {
      let rest = bytes[position...]
      if rest.first == 0x1B {
        if rest.starts(with: Self.pasteEnd) {
          position += Self.pasteEnd.count
          defer { paste = nil }
          return Self.cleaned(paste ?? [])
        }
        if Self.pasteEnd.starts(with: rest) { return nil }  // The bracket is still arriving.
      }
      paste?.append(bytes[position])
      position += 1
    }
    return nil
  }

  /// A terminal sends a pasted line end as a carriage return, and its driver may swap the two.
  /// One line end at the very end is dropped: pasting one line should leave one line.
  static func cleaned(_ paste: [UInt8]) -> String {
    var text = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in String(decoding: paste, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\r", "\n":
        if let last = previous, last == "\r" || last == "\n", last != scalar {
          previous = nil  // The second half of one line end.
          continue
        }
        text.append("\n")
      case "\t":
        text.append(scalar)
      case _ where TerminalText.isControl(scalar):
        break
      default:
        text.append(scalar)
      }
      previous = scalar
    }
    if text.last == "\n" { text.removeLast() }
    return String(text)
  }

  private static func withoutPrivateKeys(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    (0x80...0x9F).contains(scalar.value) ? UTF8Decoder.replacement : scalar
  }
}
