/// Names one monitor; its `Down` message bears it.
public struct MonitorRef: Hashable, Sendable, Comparable {
  package let number: UInt64
  package init(number: UInt64) { self.number = number }
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
  public func _rawHashValue(seed: Int) -> Int { spread(number, seed) }
}

/// A hash of numbers that the runtime itself gives out, one after the other: no attacker chooses them, so a
/// multiplication does, at a tenth of the price of Swift's own.
@inlinable
func spread(_ number: UInt64, _ seed: Int) -> Int {
  let product = (number ^ UInt64(truncatingIfNeeded: seed)) &* 0x9E37_79B9_7F4A_7C15
  return Int(truncatingIfNeeded: product ^ product >> 32)
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
  /// Apart, so that handles on processes stay small: they are copied often, and travel in messages.
  indirect case via(ViaName)

  public var description: String {
    switch self {
    case .pid(let pid): pid.description
    case .name(let name): name
    case .via(let name): name.description
    }
  }
}
