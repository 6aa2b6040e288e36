internal import Supervision

/// The commands that work on any application's processes.
enum ProcessCommands {
  static let all = [crash, kill, stop, exit, tree, ps, info, count, children]

  // MARK: Breaking things

  private static let crash = Command(
    "crash", .faults, usage: "TARGET [REASON]", "the process fails by itself with an error",
    details: """
      As if its own code had thrown: a server cleans up and ends with the reason error:REASON.
      REASON is `boom` unless given.
      """,
    examples: ["crash bucket", "crash bucket shopping oops", "crash registry"],
    arguments: [.target, .free, .free], arity: 1...3, acts: true
  ) { session, invocation in
    let words = invocation.arguments[...]
    let (count, pid) = try await session.leadingTarget(words)
    guard words.count <= count + 1 else { throw invocation.command.usageError }
    session.runtime.crash(pid, words.count > count ? words[count] : "boom")
    return .done
  }

  private static let kill = Command(
    "kill", .faults, usage: "TARGET", "the untrappable signal: the process is dead at once",
    examples: ["kill registry", "kill bucket shopping", "kill <0.9.0>"],
    arguments: [.target, .free], arity: 1...2, acts: true
  ) { session, invocation in
    session.runtime.exit(try await session.target(invocation.arguments[...]), .kill)
    return .done
  }

  private static let stop = Command(
    "stop", .faults, usage: "TARGET [REASON]", "the process ends in order",
    details: """
      Waits until it has ended. REASON is `normal` unless given; whether a supervisor starts it
      again depends on the reason.
      """,
    examples: ["stop bucket", "stop bucket shopping shutdown"],
    arguments: [.target, .free, .free], arity: 1...3, acts: true
  ) { session, invocation in
    let words = invocation.arguments[...]
    let (count, pid) = try await session.leadingTarget(words)
    guard words.count <= count + 1 else { throw invocation.command.usageError }
    try await session.runtime.stop(
      .pid(pid), words.count > count ? ExitReason(word: words[count]) : .normal,
      timeout: .seconds(5))
    return .done
  }

  private static let exit = Command(
    "exit", .faults, usage: "TARGET REASON", "send an exit signal",
    details: """
      `normal` is ignored by a process that doesn't trap exits, any other reason ends it, and
      `kill` ends every process. Bare `exit` leaves the shell.
      """,
    examples: ["exit registry shutdown", "exit bucket shopping oops"],
    arguments: [.target, .free, .free], arity: 2...3, acts: true
  ) { session, invocation in
    let words = invocation.arguments
    let pid = try await session.target(words.dropLast())
    session.runtime.exit(pid, ExitReason(word: words[words.count - 1]))
    return .done
  }

  // MARK: Looking inside

  private static let tree = Command(
    "tree", .inspection, usage: "[TARGET]", "the supervision tree",
    examples: ["tree", "tree bucket-supervisor"], arguments: [.target, .free], arity: 0...2
  ) { session, invocation in
    let whole = SupervisionTree(of: session.runtime)
    var roots = whole.roots
    if !invocation.arguments.isEmpty {
      let pid = try await session.target(invocation.arguments[...])
      guard let node = whole.subtree(pid) else {
        throw CommandError.unknownTarget("\(pid) is in no supervision tree. `ps` shows it.")
      }
      roots = [node]
    } else if let stopped = session.notRunning, roots.isEmpty {
      return CommandResult(text: stopped.message, value: .array([]))
    }
    let (shown, style) = (roots, session.printer.options.style)
    return CommandResult {
      TreeView.text(shown, style: style)
    } value: {
      TreeView.json(shown)
    }
  }

  private static let ps = Command(
    "ps", .inspection, "all processes", examples: ["ps"]
  ) { session, _ in
    let (processes, options) = (session.runtime.snapshot, session.printer.options)
    return CommandResult {
      ProcessView.table(processes, options)
    } value: {
      .array(processes.map(ProcessView.json))
    }
  }

  private static let info = Command(
    "info", .inspection, usage: "TARGET", "all about one process",
    examples: ["info registry", "info bucket shopping"], arguments: [.target, .free], arity: 1...2
  ) { session, invocation in
    let pid = try await session.target(invocation.arguments[...])
    guard let process = session.runtime.snapshot(of: pid) else {
      throw CommandError.unknownTarget("\(pid) has just ended. `ps` lists what is running.")
    }
    return CommandResult(
      text: ProcessView.details(process, in: session.runtime), value: ProcessView.json(process))
  }

  private static let count = Command(
    "count", .inspection, usage: "[SUPERVISOR]", "how many children a supervisor has",
    details: "Without SUPERVISOR, the application's root.",
    examples: ["count bucket-supervisor"], arguments: [.target], arity: 0...2
  ) { session, invocation in
    let counts = try await session.supervisor(invocation.arguments).countChildren()
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
    "children", .inspection, usage: "[SUPERVISOR]", "the children of a supervisor",
    details: "Without SUPERVISOR, the application's root. Also those that don't run.",
    examples: ["children", "children bucket-supervisor"], arguments: [.target], arity: 0...2
  ) { session, invocation in
    let children = try await session.supervisor(invocation.arguments).whichChildren()
    let (runtime, style) = (session.runtime, session.printer.options.style)
    return CommandResult {
      ProcessView.childTable(children, in: runtime, style: style)
    } value: {
      .array(children.map { ProcessView.json($0, in: runtime) })
    }
  }
}

/// A supervisor of either kind, to be asked about its children.
private enum AnySupervisor {
  case fixed(Supervisor)
  case dynamic(DynamicSupervisor)

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
