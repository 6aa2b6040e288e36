public import Processes

/// Somebody laid hands on a server: an event of the runtime's stream, so that what follows from it, a
/// call that times out or a value from nowhere, has its cause.
public struct SysNote: EventNote {
  public enum Action: String, Sendable {
    case suspended, resumed
    case stateReplaced = "state_replaced"
  }

  public let action: Action
  public let server: ProcessIdentity

  public var eventName: String { action.rawValue }
  public var subject: ProcessIdentity? { server }
}
