/// Names one monitor; its `Down` message bears it.
public struct MonitorRef: Hashable, Sendable, Comparable {
  package let number: UInt64
  package init(number: UInt64) { self.number = number }
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// Names one timer, to cancel it.
public struct TimerRef: Hashable, Sendable {
  package let number: UInt64
  package init(number: UInt64) { self.number = number }
}

/// Whom a message or a call is meant for: one process, or whoever bears a name when it is sent.
///
/// Differs from a PID in surviving restarts: the name leads to the replacement.
public enum Destination: Hashable, Sendable, CustomStringConvertible {
  case pid(PID)
  case name(String)
  case via(ViaName)

  public var description: String {
    switch self {
    case .pid(let pid): pid.description
    case .name(let name): name
    case .via(let name): name.description
    }
  }
}
