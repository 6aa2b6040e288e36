internal import Supervision

/// What supervisors say of their children when they are asked.
enum SupervisorCommands {
  static let all = [count, children]

  private static let count = Command(
    "count", .inspection, usage: "[SUPERVISOR]", "count the children of a supervisor",
    details: "Without SUPERVISOR, the application's root.",
    examples: ["count", "count bucket-supervisor"], arguments: [.target], arity: 0...2
  ) { session, invocation in
    let supervisor = try await session.supervisor(invocation.arguments)
    let counts = try await session.limited(waitingFor: supervisor.pid) {
      try await supervisor.countChildren()
    }
    return CommandResult(
      text: "specs \(counts.specs), active \(counts.active), supervisors \(counts.supervisors), "
        + "workers \(counts.workers)",
      value: [
        "specs": .integer(Int64(counts.specs)), "active": .integer(Int64(counts.active)),
        "supervisors": .integer(Int64(counts.supervisors)),
        "workers": .integer(Int64(counts.workers)),
      ])
  }

  private static let children = Command(
    "children", .inspection, usage: "[SUPERVISOR]", "list the children of a supervisor",
    details: "Without SUPERVISOR, the application's root. Also those that don't run.",
    examples: ["children", "children bucket-supervisor"], arguments: [.target], arity: 0...2
  ) { session, invocation in
    let supervisor = try await session.supervisor(invocation.arguments)
    let children = try await session.limited(waitingFor: supervisor.pid) {
      try await supervisor.whichChildren()
    }
    return CommandResult(
      text: ProcessView.childTable(
        children, in: session.runtime, style: session.printer.options.style),
      value: .array(children.map { ProcessView.json($0, in: session.runtime) }))
  }
}

/// A supervisor of either kind, to be asked about its children.
private enum AnySupervisor: Sendable {
  case fixed(Supervisor)
  case dynamic(DynamicSupervisor)

  var pid: PID? {
    switch self {
    case .fixed(let supervisor): supervisor.pid
    case .dynamic(let supervisor): supervisor.pid
    }
  }

  func countChildren() async throws -> ChildCounts {
    switch self {
    case .fixed(let supervisor): try await supervisor.countChildren()
    case .dynamic(let supervisor): try await supervisor.countChildren()
    }
  }

  func whichChildren() async throws -> [ChildInfo] {
    switch self {
    case .fixed(let supervisor): try await supervisor.whichChildren()
    case .dynamic(let supervisor): try await supervisor.whichChildren()
    }
  }
}

extension Session {
  /// The supervisor that the words mean; without words the application's root.
  fileprivate func supervisor(_ words: [String]) async throws -> AnySupervisor {
    let pid: PID
    if words.isEmpty {
      guard let root = runtime.whereis(application.rootName) else {
        throw notRunning ?? CommandError.unknownTarget("\(application.rootName) is not running.")
      }
      pid = root
    } else {
      pid = try await target(words[...])
    }
    switch runtime.snapshot(of: pid)?.kind {
    case .supervisor: return .fixed(Supervisor(runtime, pid: pid))
    case .dynamicSupervisor: return .dynamic(DynamicSupervisor(runtime, pid: pid))
    default:
      throw CommandError(
        "not_a_supervisor", "\(pid) is no supervisor and has no children. `tree` shows who is one.")
    }
  }
}
