/// A JSON value whose objects keep their members in order.
///
/// The order of fields is part of what the shell prints: `type` comes first, and equal runs give
/// equal bytes. `JSONEncoder` sorts keys or leaves them to chance, so this small type writes
/// JSON itself. It only writes; nothing in the shell reads JSON.
///
///     let line: JSONValue = ["type": "result", "line": 3, "value": nil]
///     line.description  // {"type":"result","line":3,"value":null}
///
/// Writing recurses as deep as values nest. What may nest without a limit, as a supervision tree does, is
/// written by whoever knows it, and stands here `verbatim`.
package enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// Infinities and NaN, which JSON can't express, are written as `null`.
  case number(Double)
  case string(String)
  case array([JSONValue])
  /// Members in the order of the output. Keys are expected to differ; nobody checks.
  case object([(String, JSONValue)])
  /// JSON that is written already, on one line.
  case verbatim(String)

  /// A string, or null for nil.
  package static func string(orNull text: String?) -> JSONValue {
    text.map(JSONValue.string) ?? .null
  }

  /// An integer, or null for nil.
  package static func integer(orNull number: (some BinaryInteger)?) -> JSONValue {
    number.map { .integer(Int64($0)) } ?? .null
  }

  /// Appends the value as UTF-8, on one line and without spaces.
  package func write(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    case .number(let value): bytes += (value.isFinite ? value.description : "null").utf8
    case .string(let value): Self.write(value, to: &bytes)
    case .verbatim(let text): bytes += text.utf8
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        element.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (index, (key, value)) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.write(key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  /// Appends the value to a text, on one line and without spaces.
  package func write(to text: inout String) {
    text += description
  }

  /// Appends a string with its quotes and escapes.
  ///
  /// JSON demands an escape for `"`, `\` and the C0 controls. DEL and the C1 controls get one
  /// too, because JSON is also looked at in terminals, which obey them. All other characters
  /// stand for themselves.
  private static func write(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(.doubleQuote)
    var text = text
    // The buffer is only read inside the closure, and `run <= index <= count` throughout.
    text.withUTF8 { source in
      var run = 0
      var index = 0
      while index < source.count {
        let byte = source[index]
        if byte >= .space, byte != .doubleQuote, byte != .backslash, byte != 0x7F, byte != 0xC2 {
          index += 1
          continue
        }
        // 0xC2 begins the characters U+0080 to U+00BF; the C1 controls are the first half.
        if byte == 0xC2, source[index + 1] >= 0xA0 {
          index += 2
          continue
        }
        bytes += source[run..<index]
        switch byte {
        case .doubleQuote: bytes += #"\""#.utf8
        case .backslash: bytes += #"\\"#.utf8
        case 0x08: bytes += #"\b"#.utf8
        case 0x09: bytes += #"\t"#.utf8
        case 0x0A: bytes += #"\n"#.utf8
        case 0x0C: bytes += #"\f"#.utf8
        case 0x0D: bytes += #"\r"#.utf8
        case 0xC2:
          index += 1
          writeEscape(of: source[index], to: &bytes)
        default: writeEscape(of: byte, to: &bytes)
        }
        index += 1
        run = index
      }
      bytes += source[run...]
    }
    bytes.append(.doubleQuote)
  }

  private static func writeEscape(of scalar: UInt8, to bytes: inout [UInt8]) {
    bytes += (scalar < 16 ? #"\u000"# : #"\u00"#).utf8
    bytes += String(scalar, radix: 16).utf8
  }
}

/// Written by hand, since a tuple is not `Equatable`. Objects are equal when their members are
/// equal in the same order: the order is what this type is for.
extension JSONValue: Equatable {
  package static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a == b
    case (.verbatim(let a), .verbatim(let b)): a == b
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a.elementsEqual(b) { $0.0 == $1.0 && $0.1 == $1.1 }
    default: false
    }
  }
}

extension JSONValue: CustomStringConvertible {
  package var description: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(nilLiteral: ()) { self = .null }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral members: (String, JSONValue)...) { self = .object(members) }
}

extension UInt8 {
  fileprivate static let space = UInt8(ascii: " ")
  fileprivate static let doubleQuote = UInt8(ascii: "\"")
  fileprivate static let backslash = UInt8(ascii: "\\")
}
