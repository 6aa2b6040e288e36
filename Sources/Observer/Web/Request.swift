/// A request as the rooms behind the socket see it: plain values.
struct Request: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
  }

  /// Nil for every other method.
  let method: Method?
  /// The parts of the path, decoded: `/token/api/tree` is `["token", "api", "tree"]`.
  let path: [String]
  /// Whether a slash ends the path.
  let endsInSlash: Bool
  let query: [String: String]
  let headers: Headers
  var body: [UInt8]
  /// Who asks: the address at the other end.
  let peer: String

  /// The few headers that matter.
  struct Headers: Sendable {
    var host: [String] = []
    var origin: String?
    var fetchSite: String?
    var authorization: String?
    var contentType: String?
    var lastEventID: String?
  }

  /// - Parameter target: The path and query as they stand in the request's first line.
  /// - Returns: Nil when they can't be read: a percent sign without two digits behind it, bytes that are no UTF-8.
  init?(
    method: String, target: String, headers: Headers = Headers(), body: [UInt8] = [],
    peer: String = ""
  ) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, first.hasPrefix("/") else { return nil }
    var path: [String] = []
    for part in first.split(separator: "/", omittingEmptySubsequences: true) {
      guard let part = PercentEncoding.decode(part) else { return nil }
      path.append(part)
    }
    var query: [String: String] = [:]
    if parts.count > 1 {
      for pair in parts[1].split(separator: "&") {
        let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = PercentEncoding.decode(sides[0], plusIsSpace: true),
          let value = PercentEncoding.decode(sides.count > 1 ? sides[1] : "", plusIsSpace: true)
        else { return nil }
        query[name] = value
      }
    }
    self.method = Method(rawValue: method)
    self.path = path
    endsInSlash = first.hasSuffix("/")
    self.query = query
    self.headers = headers
    self.body = body
    self.peer = peer
  }
}

/// The escapes of URLs.
enum PercentEncoding {
  static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
        else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
