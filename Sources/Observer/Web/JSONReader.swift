internal import Views

/// Reads JSON, strictly, as what a browser sends to act. `JSONValue` writes it.
///
///     try JSONReader.read(#"{"action":"kill"}"#.utf8)
///
/// Numbers are read as whole ones where they are; nesting ends at 16, since nothing here nests deeper.
struct JSONReader {
  struct Malformed: Error, Equatable {
    let offset: Int
  }

  private let bytes: [UInt8]
  private var offset = 0
  private static let depthLimit = 16

  static func read(_ bytes: some Sequence<UInt8>) throws(Malformed) -> JSONValue {
    var reader = JSONReader(bytes: Array(bytes))
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.offset == reader.bytes.count else { throw reader.malformed }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var malformed: Malformed { Malformed(offset: offset) }
  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  private mutating func take(_ byte: Character) -> Bool {
    guard next == byte.asciiValue else { return false }
    offset += 1
    return true
  }

  private mutating func value(depth: Int) throws(Malformed) -> JSONValue {
    guard depth < Self.depthLimit else { throw malformed }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(Malformed) -> JSONValue {
    guard bytes[offset...].starts(with: text.utf8) else { throw malformed }
    offset += text.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(Malformed) -> JSONValue {
    _ = take("{")
    var members: [(String, JSONValue)] = []
    skipSpace()
    if take("}") { return .object(members) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw malformed }
      let name = try string()
      skipSpace()
      guard take(":") else { throw malformed }
      members.append((name, try value(depth: depth + 1)))
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw malformed }
    }
  }

  private mutating func array(depth: Int) throws(Malformed) -> JSONValue {
    _ = take("[")
    var elements: [JSONValue] = []
    skipSpace()
    if take("]") { return .array(elements) }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return .array(elements) }
      guard take(",") else { throw malformed }
    }
  }

  private mutating func number() throws(Malformed) -> JSONValue {
    let start = offset
    while let byte = next, "+-.0123456789eE".utf8.contains(byte) { offset += 1 }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    // JSON knows neither 01 nor .5 nor +1, which Swift reads.
    guard let first = digits.first, first.isNumber,
      !(digits.hasPrefix("0") && digits.dropFirst().first?.isNumber == true), !text.hasSuffix("."),
      !text.lowercased().contains(".e")
    else { throw Malformed(offset: start) }
    if let whole = Int64(text) { return .integer(whole) }
    guard let number = Double(text) else { throw Malformed(offset: start) }
    return .number(number)
  }

  private mutating func string() throws(Malformed) -> String {
    offset += 1
    var text: [UInt8] = []
    while let byte = next {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: text, as: UTF8.self) else { throw malformed }
        return text
      case UInt8(ascii: "\\"): text += Array(String(try escape()).utf8)
      case 0..<0x20: throw malformed
      default: text.append(byte)
      }
    }
    throw malformed
  }

  private mutating func escape() throws(Malformed) -> Unicode.Scalar {
    guard let byte = next else { throw malformed }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try hexUnit()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      // Half of a pair, behind which the other has to stand.
      guard take("\\"), take("u"), 0xD800..<0xDC00 ~= unit else { throw malformed }
      let other = try hexUnit()
      guard 0xDC00..<0xE000 ~= other,
        let scalar = Unicode.Scalar(
          0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(other) - 0xDC00))
      else { throw malformed }
      return scalar
    default: throw malformed
    }
  }

  private mutating func hexUnit() throws(Malformed) -> UInt16 {
    guard offset + 4 <= bytes.count,
      bytes[offset..<offset + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
    else { throw malformed }
    offset += 4
    return unit
  }
}

extension JSONValue {
  /// The member of an object; nil for every other value.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.0 == name }?.1
  }

  var text: String? { if case .string(let text) = self { text } else { nil } }
}
