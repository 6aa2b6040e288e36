internal import Supervision
internal import Views

/// Something that somebody does to a process from the page.
enum Action: Equatable {
  case kill
  case shutdown
  case exit(ExitReason)
  case suspend
  case resume
  case restart

  /// An order as it is sent: `{"action": "exit", "reason": "oops", "confirmed": true}`.
  struct Order: Equatable {
    let action: Action
    /// Whether whoever acts knows that it is a supervisor.
    let isConfirmed: Bool

    init(_ body: [UInt8]) throws(Refusal) {
      let value: JSONValue
      do { value = try JSONReader.read(body) } catch {
        throw .malformed("The body is no JSON: byte \(error.offset) makes no sense.")
      }
      guard case .object = value, let name = value["action"]?.text else {
        throw .malformed("The body has to be an object with an action: {\"action\": \"kill\"}.")
      }
      let reason = value["reason"]?.text
      switch name {
      case "kill": action = .kill
      case "shutdown": action = .shutdown
      case "exit":
        guard let reason, !reason.isEmpty, reason.utf8.count <= 1000 else {
          throw .malformed("exit needs a reason of at most 1000 bytes.")
        }
        action = .exit(ExitReason(word: reason))
      case "suspend": action = .suspend
      case "resume": action = .resume
      case "restart": action = .restart
      default:
        throw .malformed(
          "There is no action `\(name.shown)`: there are kill, shutdown, exit, suspend, resume and restart."
        )
      }
      isConfirmed = value["confirmed"] == .bool(true)
    }
  }

  /// What is done, in words that stand before the process.
  var verb: String {
    switch self {
    case .kill: "kill"
    case .shutdown: "shut down"
    case .exit(let reason): "exit \(Sanitizer.sanitize(reason.description))"
    case .suspend: "suspend"
    case .resume: "resume"
    case .restart: "restart"
    }
  }

  /// Whether it ends the process.
  var isEnd: Bool { self != .suspend && self != .resume }
}
