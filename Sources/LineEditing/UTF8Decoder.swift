/// Turns bytes into Unicode scalars, one byte at a time.
///
/// Unlike `String(decoding:as:)` it can stop in the middle of a character, since a terminal may
/// deliver one in two reads. Ill-formed input never fails: each maximal ill-formed part becomes one
/// U+FFFD, as the Unicode Standard recommends (section 3.9).
///
/// ```swift
/// var decoder = UTF8Decoder()
/// decoder.decode(0xC3)  // []
/// decoder.decode(0xA9)  // ["é"]
/// decoder.decode(0xFF)  // ["\u{FFFD}"]
/// ```
struct UTF8Decoder: Sendable {
  /// The bits collected so far.
  private var value: UInt32 = 0
  /// How many continuation bytes are still missing; 0 between characters.
  private var missing = 0
  /// What the next continuation byte may be. Only the second byte of a sequence is restricted
  /// further than 80…BF: that is where overlong forms, surrogates and values above U+10FFFF show.
  private var allowed: ClosedRange<UInt8> = 0x80...0xBF

  static let replacement: Unicode.Scalar = "\u{FFFD}"

  /// Whether a character has begun and not ended.
  var isInsideCharacter: Bool { missing > 0 }

  /// Takes the next byte.
  ///
  /// - Returns: The scalars that this byte completes: none inside a character, usually one, and
  ///   two when the byte both ends an ill-formed sequence and is a character itself.
  mutating func decode(_ byte: UInt8) -> [Unicode.Scalar] {
    guard missing > 0 else { return begin(byte) }
    guard allowed.contains(byte) else {
      // The sequence before is ill-formed; this byte begins anew.
      missing = 0
      return [Self.replacement] + begin(byte)
    }
    value = value << 6 | UInt32(byte & 0x3F)
    missing -= 1
    allowed = 0x80...0xBF
    guard missing == 0 else { return [] }
    return [Unicode.Scalar(value) ?? Self.replacement]
  }

  private mutating func begin(_ byte: UInt8) -> [Unicode.Scalar] {
    allowed = 0x80...0xBF
    switch byte {
    case 0x00...0x7F:
      return [Unicode.Scalar(byte)]
    case 0xC2...0xDF:
      expect(1, after: UInt32(byte & 0x1F))
    case 0xE0...0xEF:
      expect(2, after: UInt32(byte & 0x0F))
      if byte == 0xE0 { allowed = 0xA0...0xBF }  // overlong
      if byte == 0xED { allowed = 0x80...0x9F }  // surrogates
    case 0xF0...0xF4:
      expect(3, after: UInt32(byte & 0x07))
      if byte == 0xF0 { allowed = 0x90...0xBF }  // overlong
      if byte == 0xF4 { allowed = 0x80...0x8F }  // above U+10FFFF
    default:
      return [Self.replacement]
    }
    return []
  }

  private mutating func expect(_ count: Int, after bits: UInt32) {
    missing = count
    value = bits
  }
}
