internal import Supervision

/// Exit reasons as FORMAT.md writes them: `ExitReason.description`, with labels for PIDs.
extension ExitReason {
  /// The reason that a scenario means.
  init(scenario text: String) {
    if text.hasPrefix("shutdown:") {
      self = .shutdownWith(ExitReason(scenario: String(text.dropFirst("shutdown:".count))))
    } else {
      self.init(word: text)
    }
  }

  /// What a callback's invalid return value amounts to; Swift's types don't let it happen.
  static func badReturn(_ value: JSON?) -> ExitReason {
    .custom("bad_return_value:\(value?.word ?? "bad")")
  }
}

extension JSON {
  /// The exit reason in this field.
  func reason(_ key: String = "reason") throws(FormatError) -> ExitReason {
    ExitReason(scenario: try string(key))
  }
}

/// An uncaught error: the reason `error:R`.
struct ScenarioError: Error, CustomStringConvertible {
  let description: String
}
