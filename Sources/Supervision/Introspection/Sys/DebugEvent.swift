public import Processes

/// Something that a server did, for whoever watches it: see `Sys.install`.
///
/// Differs from a `RuntimeEvent` in being made only while somebody watches, for each message, and in
/// having no place in the runtime's stream.
public struct DebugEvent: Sendable {
  public enum Kind: Sendable {
    /// It is about to handle a call or a cast: a value of its own message type.
    case received(any Sendable)
    /// It is about to handle something else.
    case receivedInfo(Info)
    /// It goes on with what `.continue(with:)` put off.
    case continued(any Sendable)
    /// Its code answered a call.
    case replied(any Sendable)
    /// It is done with what it received, and its state is what it is now.
    case handled
  }

  public let process: ProcessIdentity
  /// Since the runtime's start, by its clock.
  public let time: Duration
  public let kind: Kind
  /// The message, the answer or the new state in words, as the server's `formatStatus` has it.
  public let text: String
}

/// Takes a server's events, in the server's process. One that throws is given no more.
public typealias DebugSink = @Sendable (DebugEvent) throws -> Void

extension DebugEvent: CustomStringConvertible {
  /// One line: `*DBG* shopping <0.5.0> got put("eggs", "3")`.
  public var description: String {
    let verb =
      switch kind {
      case .received, .receivedInfo: "got"
      case .continued: "continues with"
      case .replied: "answered"
      case .handled: "new state"
      }
    return "*DBG* \(process) \(verb) \(text)"
  }
}
