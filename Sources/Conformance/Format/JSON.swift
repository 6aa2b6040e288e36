internal import FoundationEssentials

/// A JSON value: scenarios and traces are made of these.
enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  /// Reads one line.
  init(line: some StringProtocol) throws(FormatError) {
    do {
      self = try JSONDecoder().decode(JSON.self, from: Data(line.utf8))
    } catch {
      throw FormatError("this is not a JSON object")
    }
  }

  /// One line, with the keys in order.
  var line: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { return "null" }
    return String(decoding: data, as: UTF8.self)
  }
}

extension JSON: Codable {
  init(from decoder: any Decoder) throws {
    // The commonest first: a failed attempt costs an error.
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([String: JSON].self) {
      self = .object(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if container.decodeNil() {
      self = .null
    } else {
      self = .number(try container.decode(Double.self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(arrayLiteral elements: JSON...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(nilLiteral: ()) { self = .null }
}

/// A line, or a part of it, that is no scenario.
struct FormatError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

// MARK: Reading fields

extension JSON {
  /// A field; nil when it is absent or null.
  subscript(_ key: String) -> JSON? {
    guard case .object(let fields) = self, let value = fields[key], value != .null else {
      return nil
    }
    return value
  }

  /// Whether the field is there, even if it is null.
  func has(_ key: String) -> Bool {
    if case .object(let fields) = self { fields[key] != nil } else { false }
  }

  func string(_ key: String) throws(FormatError) -> String {
    guard let value = try optionalString(key) else {
      throw FormatError("\(key) is missing in \(line)")
    }
    return value
  }

  func optionalString(_ key: String) throws(FormatError) -> String? {
    switch self[key] {
    case nil: return nil
    case .string(let value)?: return value
    case .some: throw FormatError("\(key) has to be a string in \(line)")
    }
  }

  func integer(_ key: String) throws(FormatError) -> Int? {
    switch self[key] {
    case nil: return nil
    case .integer(let value)?: return value
    case .some: throw FormatError("\(key) has to be a whole number in \(line)")
    }
  }

  func bool(_ key: String, default value: Bool = false) throws(FormatError) -> Bool {
    switch self[key] {
    case nil: return value
    case .bool(let value)?: return value
    case .some: throw FormatError("\(key) has to be true or false in \(line)")
    }
  }

  /// A list; empty when the field is absent.
  func list(_ key: String) throws(FormatError) -> [JSON] {
    switch self[key] {
    case nil: return []
    case .array(let value)?: return value
    case .some: throw FormatError("\(key) has to be a list in \(line)")
    }
  }

  /// A time in milliseconds; nil when the field is absent.
  func milliseconds(_ key: String) throws(FormatError) -> Duration? {
    try integer(key).map { .milliseconds($0) }
  }

  var text: String? { if case .string(let text) = self { text } else { nil } }

  /// As part of a reason: strings as they are, anything else as JSON.
  var word: String { text ?? line }
}
