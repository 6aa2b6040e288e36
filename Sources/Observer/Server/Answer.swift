internal import Views

/// What goes back to whoever asked.
struct Answer: Sendable {
  enum Body: Sendable {
    case bytes([UInt8])
    /// Events as they come, from behind this one on.
    case stream(after: UInt64?)
  }

  var status = 200
  var type = "application/json; charset=utf-8"
  var body: Body
  /// Further headers.
  var headers: [(String, String)] = []

  static func json(_ value: JSONValue, status: Int = 200) -> Answer {
    var bytes: [UInt8] = []
    value.write(to: &bytes)
    return Answer(status: status, body: .bytes(bytes))
  }

  static func refusal(_ refusal: Refusal) -> Answer {
    var answer = json(refusal.json, status: refusal.status)
    if refusal.status == 401 { answer.headers.append(("WWW-Authenticate", "Bearer")) }
    if let methods = refusal.allowed { answer.headers.append(("Allow", methods)) }
    return answer
  }

  /// Leads to another path of this server's.
  static func redirect(to path: String) -> Answer {
    Answer(
      status: 308, type: "text/plain; charset=utf-8", body: .bytes([]),
      headers: [("Location", path)])
  }

  /// A refusal as a page, for people.
  static func refusalPage(_ refusal: Refusal) -> Answer {
    var answer = Self.refusal(refusal)
    answer.type = "text/html; charset=utf-8"
    answer.body = .bytes(Array(PageAssets.refusal(refusal).utf8))
    return answer
  }
}
