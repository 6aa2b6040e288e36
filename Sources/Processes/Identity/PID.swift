/// The identifier of a process: a value that can be sent, stored, printed and compared.
///
/// Never reused: a PID means the one process it was made for, dead or alive, and no process of
/// another runtime. Prints in the manner of Erlang, `<0.72.0>`, with the process's number in the
/// middle; numbers count up from 1 in each runtime.
public struct PID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The process's number within its runtime.
  @usableFromInline package let serial: UInt64
  /// Where the runtime's table keeps the process.
  package let slot: UInt32
  /// Which runtime, so that a PID that strays into another one finds nobody there.
  @usableFromInline package let runtime: UInt32

  package init(serial: UInt64, slot: UInt32, runtime: UInt32) {
    self.serial = serial
    self.slot = slot
    self.runtime = runtime
  }

  /// Of no process.
  static let nobody = PID(serial: 0, slot: 0, runtime: 0)

  public var description: String { "<0.\(serial).0>" }

  /// Processes compare by age: the elder is the lesser.
  public static func < (left: PID, right: PID) -> Bool {
    (left.runtime, left.serial) < (right.runtime, right.serial)
  }

  @inlinable
  public static func == (left: PID, right: PID) -> Bool {
    left.serial == right.serial && left.runtime == right.runtime
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(serial)
  }

  /// Numbers that count up need no hash that withstands an attacker; and supervisors look children up.
  public func _rawHashValue(seed: Int) -> Int { spread(serial, seed) }

  /// The number in a printed PID, `<0.72.0>` or `#PID<0.72.0>`; nil when `text` is none.
  @inlinable
  public static func serial(in text: some StringProtocol) -> UInt64? {
    // Most words are none.
    let first = text.utf8.first
    guard first == UInt8(ascii: "<") || first == UInt8(ascii: "#") else { return nil }
    var rest = Substring(text)
    if rest.hasPrefix("#PID") { rest.removeFirst(4) }
    guard rest.hasPrefix("<0."), rest.hasSuffix(".0>"), rest.utf8.count >= 7 else { return nil }
    let digits = rest.dropFirst(3).dropLast(3)
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return UInt64(digits)
  }
}
