/// The one pass over a line's bytes that the lexer and completion share.
///
/// It never fails: where a quote is left open it says so and lets its caller decide whether that
/// is an error (``Lexer``) or just somebody still typing (``PartialLine``). It reads UTF-8
/// without decoding it: every character with a meaning is ASCII, and no byte of a longer
/// character looks like one.
///
/// Invariants:
/// 1. `position` never moves back, so the pass is linear in the line's length.
/// 2. Every index into `bytes` is below `end`, which is at most `bytes.count`.
/// 3. `bytes` outlives the scanner: it is only used inside the call that lent the pointer.
struct LineScanner {
  enum Token {
    case word(Lexer.Word, Ending)
    case separator
    case nulByte(at: Int)
    case endOfLine
  }

  /// What was still open where a word met the line's end.
  enum Ending: Equatable {
    case complete
    case insideQuote(UInt8, at: Int)
    case afterBackslash(at: Int)
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private let end: Int
  private var position = 0

  /// Whether the last thing read was a comment that ran to the line's end.
  private(set) var endedInComment = false

  init(_ bytes: UnsafeBufferPointer<UInt8>, dropsCarriageReturn: Bool) {
    self.bytes = bytes
    end = dropsCarriageReturn && bytes.last == .carriageReturn ? bytes.count - 1 : bytes.count
  }

  var isAtEnd: Bool { position == end }

  mutating func next() -> Token {
    while position < end {
      switch bytes[position] {
      case .space, .tab:
        position += 1
      case .carriageReturn where isNewline(at: position + 1):
        position += 1
      case .semicolon, .newline:
        position += 1
        return .separator
      case .hash where !startsProcessIdentifier(at: position):
        if let offset = skipComment() { return .nulByte(at: offset) }
      case .backslash where isNewline(at: position + 1):
        // A continued line between two words, not the beginning of an empty one.
        position += 2
      default:
        return word()
      }
    }
    return .endOfLine
  }

  /// Reads one word. Its plain runs are copied whole; a word that is a single plain run, as
  /// nearly all are, never touches `pieces`.
  private mutating func word() -> Token {
    let start = position
    var pieces: [UInt8] = []
    var references: [Int] = []
    var isQuoted = false
    var ending = Ending.complete
    var run = start

    func text(upTo stop: Int) -> String {
      guard isQuoted else { return String(decoding: bytes[run..<stop], as: UTF8.self) }
      return String(decoding: pieces + bytes[run..<stop], as: UTF8.self)
    }

    scan: while position < end {
      let byte = bytes[position]
      switch byte {
      case .space, .tab, .semicolon, .newline:
        break scan
      case .carriageReturn where isNewline(at: position + 1):
        break scan
      case .nul:
        return .nulByte(at: position)
      case .singleQuote, .doubleQuote:
        let opening = position
        isQuoted = true
        pieces += bytes[run..<position]
        position += 1
        switch quoted(by: byte, into: &pieces, &references) {
        case .closed: break
        case .open: ending = .insideQuote(byte, at: opening)
        case .nulByte: return .nulByte(at: position)
        }
        run = position
      case .backslash:
        isQuoted = true
        pieces += bytes[run..<position]
        guard position + 1 < end else {
          ending = .afterBackslash(at: position)
          position += 1
          run = position
          break scan
        }
        if bytes[position + 1] == .nul { return .nulByte(at: position + 1) }
        // The escaped byte starts the next run, so a longer character stays in one piece.
        run = isNewline(at: position + 1) ? position + 2 : position + 1
        position += 2
      case .dollar where startsReference(at: position):
        references.append(pieces.count + position - run)
        position += 1
      default:
        position += 1
      }
    }
    let range = start..<position
    let word = Lexer.Word(
      text: text(upTo: position), range: range, isQuoted: isQuoted, references: references)
    return .word(word, ending)
  }

  private enum Closing { case closed, open, nulByte }

  /// Reads up to and over the closing quote; the opening one has been read.
  private mutating func quoted(
    by quote: UInt8, into pieces: inout [UInt8], _ references: inout [Int]
  ) -> Closing {
    var run = position
    while position < end {
      let byte = bytes[position]
      if byte == quote {
        pieces += bytes[run..<position]
        position += 1
        return .closed
      }
      if byte == .nul { return .nulByte }
      if byte == .dollar, quote == .doubleQuote, startsReference(at: position) {
        references.append(pieces.count + position - run)
      }
      if byte == .backslash, quote == .doubleQuote, position + 1 < end {
        switch bytes[position + 1] {
        case .doubleQuote, .backslash, .dollar, .backtick:
          pieces += bytes[run..<position]
          run = position + 1
          position += 1
        case .newline:
          pieces += bytes[run..<position]
          run = position + 2
          position += 1
        default:
          break
        }
      }
      position += 1
    }
    pieces += bytes[run..<end]
    return .open
  }

  /// Skips to the comment's newline or the line's end; returns where a NUL stands in it, if any.
  /// A script with NULs is refused wherever they are, or only its comments would hide them.
  private mutating func skipComment() -> Int? {
    while position < end {
      if bytes[position] == .newline { return nil }
      if bytes[position] == .nul { return position }
      position += 1
    }
    endedInComment = true
    return nil
  }

  private func isNewline(at index: Int) -> Bool {
    index < end && bytes[index] == .newline
  }

  /// Whether the `$` there is followed by a name, or by one in braces.
  private func startsReference(at index: Int) -> Bool {
    guard index + 1 < end else { return false }
    let next = bytes[index + 1]
    return next.startsName || next == .leftBrace && index + 2 < end && bytes[index + 2].startsName
  }

  private func startsProcessIdentifier(at index: Int) -> Bool {
    bytes[index..<end].starts(with: "#PID<".utf8)
  }
}

/// The bytes that mean something to the shell's language.
extension UInt8 {
  static let nul: UInt8 = 0x00
  static let tab: UInt8 = 0x09
  static let newline: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let doubleQuote: UInt8 = 0x22
  static let hash: UInt8 = 0x23
  static let dollar: UInt8 = 0x24
  static let singleQuote: UInt8 = 0x27
  static let semicolon: UInt8 = 0x3B
  static let backslash: UInt8 = 0x5C
  static let backtick: UInt8 = 0x60
  static let leftBrace: UInt8 = 0x7B
  static let rightBrace: UInt8 = 0x7D

  /// Whether a variable's name can begin with it: a letter or an underscore.
  var startsName: Bool {
    switch self {
    case 0x41...0x5A, 0x61...0x7A, 0x5F: true
    default: false
    }
  }

  /// Whether it can stand in a variable's name: also a digit.
  var continuesName: Bool { startsName || (0x30...0x39).contains(self) }
}
