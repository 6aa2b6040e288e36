/// A process as it was at one moment, read from the runtime's own tables.
///
/// Taking one sends the process nothing and waits for nothing it does, so a process that is stuck
/// can be looked at like any other.
public struct ProcessSnapshot: Sendable {
  public enum Status: String, Sendable {
    /// Waits for its next message.
    case idle
    /// Has messages to handle, or handles one.
    case running
    /// Waits inside a handler: for a reply, a particular message or a sleep's end.
    case waiting
    /// Handles only system messages, until somebody lets it resume.
    case suspended
    /// Dead, but its code has not noticed yet.
    case zombie
  }

  public let pid: PID
  public let name: String?
  public let label: String?
  public let kind: ProcessKind
  /// What runs: the type of a server; nil for a free-form process.
  public let role: String?
  public let status: Status
  /// The process that spawned and linked it.
  public let parent: PID?
  package let supervision: Supervision?
  /// Its place among its supervisor's children; 0 when nobody supervises it.
  public let order: Int
  /// How often its supervisor has started this child again.
  public let restarts: Int
  /// A process of the house's own.
  package let isSilent: Bool
  public let isTrappingExits: Bool
  public let links: [PID]
  /// What it monitors, processes and names, once for each monitor, in the order of monitoring.
  public let monitoring: [Destination]
  public let monitoredBy: [PID]
  /// Letters that wait to be handled.
  public let mailboxLength: Int
  public let messagesReceived: Int
  public let age: Duration

  /// The supervisor whose child it is.
  public var supervisor: PID? { supervision?.supervisor }
  /// The `id` of its child specification.
  public var childID: String? { supervision?.childID }
  /// `permanent`, `transient` or `temporary`; nil when nobody supervises it.
  public var restart: String? { supervision?.terms.restart.rawValue }

  /// The name, else the label, else the PID.
  public var title: String { name ?? label ?? pid.description }
}
