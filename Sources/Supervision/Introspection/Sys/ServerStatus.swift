public import Processes

/// What people may see of a server at one moment; see `Sys.status`.
public struct ServerStatus: Sendable {
  public enum Activity: String, Sendable {
    case running
    /// It handles only system messages: see `Sys.suspend`.
    case suspended
  }

  public let pid: PID
  public let name: String?
  public let label: String?
  public let kind: ProcessKind
  /// The type of the server; of a supervisor its strategy.
  public let role: String?
  public let activity: Activity
  /// The process that started it, when linked to it.
  public let parent: PID?
  /// Its state in words, as its `formatStatus` has it.
  public let state: String
  /// How many messages wait in its mailbox.
  public let mailboxLength: Int
  /// The names of the sinks that are told what it does: see `Sys.install`.
  public let sinks: [String]
  /// Its newest events, oldest first, if it remembers them: see `Sys.startLogging`.
  public let log: [DebugEvent]
  /// Its counts, if it counts: see `Sys.startStatistics`.
  public let statistics: ServerStatistics?
}

extension ServerStatus: CustomStringConvertible {
  public var description: String {
    let title = name ?? label
    var lines = [
      "\(title.map { "\($0) \(pid)" } ?? pid.description)  \(activity.rawValue)",
      "  \(kind.rawValue)\(role.map { " \($0)" } ?? "")",
      "  parent   \(parent?.description ?? "none")",
      "  mailbox  \(mailboxLength)",
      "  state    \(state)",
    ]
    if !sinks.isEmpty { lines.append("  sinks    \(sinks.joined(separator: ", "))") }
    if let statistics { lines.append("  counts   \(statistics)") }
    if !log.isEmpty { lines.append("  log") }
    lines += log.map { "    \($0)" }
    return lines.joined(separator: "\n")
  }
}

/// How many messages a server has had since somebody began to count; see `Sys.statistics`.
public struct ServerStatistics: Hashable, Sendable {
  /// When counting began, and when this was taken: since the runtime's start, by its clock.
  public let startTime: Duration
  public let currentTime: Duration
  /// What it was given to handle: calls, casts and all else, timeouts too, but no system messages.
  public let messagesIn: Int
  /// The calls that its own code answered.
  public let messagesOut: Int
}

extension ServerStatistics: CustomStringConvertible {
  public var description: String {
    "in \(messagesIn), out \(messagesOut), for \(currentTime - startTime)"
  }
}

/// A part of a server that is to be shown to people; see `GenServer.formatStatus`.
public enum StatusPart<Server: GenServer> {
  case state(Server)
  /// A call, a cast or a continuation.
  case message(Server.Message)
  /// What came in besides.
  case info(Info)
  /// The answer to a call.
  case reply(any Sendable)
}

extension StatusPart: CustomStringConvertible {
  /// All of it.
  public var description: String {
    switch self {
    case .state(let server): StableDescription.describe(server)
    case .message(let message): String(describing: message)
    case .info(let info): String(describing: info)
    case .reply(let reply): String(describing: reply)
    }
  }
}
