internal import Views

/// Why a request is not answered: a status, a word for programs, a sentence for people.
struct Refusal: Error, Equatable {
  let status: Int
  let code: String
  let message: String
  /// The methods that would be answered, where the one that was asked with is not.
  var allowed: String?

  init(_ status: Int, _ code: String, _ message: String) {
    self.status = status
    self.code = code
    self.message = message
  }

  static func malformed(_ message: String) -> Refusal { Refusal(400, "malformed", message) }

  var json: JSONValue {
    ["error": ["code": .string(code), "message": .string(message)]]
  }
}
