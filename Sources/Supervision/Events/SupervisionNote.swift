public import Processes

/// What supervisors and applications decide, as events of the runtime's stream.
public enum SupervisionNote: EventNote {
  /// A supervisor restarts children because one failed.
  case restarting(Restarting)
  /// All children of a restart run again.
  case restarted(Restarting)
  /// A supervisor had to restart too often, and gives up.
  case restartLimitReached(supervisor: ProcessIdentity, child: String, max: Int, within: Duration)
  /// A significant child ended, so the supervisor ends.
  case autoShutdown(supervisor: ProcessIdentity, child: String)
  case applicationStarted(String, root: ProcessIdentity)
  case applicationStopped(String, root: ProcessIdentity, ExitReason)

  /// One restart: what failed, and what the supervisor does about it.
  public struct Restarting: Sendable {
    public let supervisor: ProcessIdentity
    public let strategy: RestartStrategy
    /// The `id` of the child that failed.
    public let child: String
    /// The others that have to stop for it, in the order of stopping: the first hundred. Events are kept, and
    /// thousands of them that hold a million siblings each would not fit into memory.
    public let stopping: [Sibling]
    /// How many have to stop.
    public let stoppingCount: Int
    /// This is the so-manieth restart within the period.
    public let count: Int
    public let maxRestarts: Int
    public let period: Duration

    /// How many siblings are named at most.
    static let siblingLimit = 100
  }

  /// A child that is stopped since another failed.
  public struct Sibling: Sendable {
    public let id: String
    public let identity: ProcessIdentity
    /// How many children it has itself; 0 for a worker.
    public let childCount: Int
  }

  public var eventName: String {
    switch self {
    case .restarting: "restarting"
    case .restarted: "restarted"
    case .restartLimitReached: "restart_limit_reached"
    case .autoShutdown: "auto_shutdown"
    case .applicationStarted: "application_started"
    case .applicationStopped: "application_stopped"
    }
  }

  public var subject: ProcessIdentity? {
    switch self {
    case .restarting(let restart), .restarted(let restart): restart.supervisor
    case .restartLimitReached(let supervisor, _, _, _), .autoShutdown(let supervisor, _): supervisor
    case .applicationStarted(_, let root), .applicationStopped(_, let root, _): root
    }
  }
}
