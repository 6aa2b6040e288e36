public import Processes

/// A process answers no questions about itself, or not this one.
public enum SysError: ExitReasonConvertible, Hashable {
  /// It runs a function of its own, and only servers understand such questions.
  case notAServer(PID)
  /// Its state is of another type than was asked for.
  case otherState(PID, expected: String, actual: String)

  public var exitReason: ExitReason { .error(EscapedError(type: "SysError", message: description)) }
}

extension SysError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notAServer(let pid):
      "\(pid) is no server: only servers, agents and supervisors can be asked about themselves"
    case .otherState(let pid, let expected, let actual):
      "the state of \(pid) is no \(expected) but a \(actual): ask for that, or for its status"
    }
  }
}
