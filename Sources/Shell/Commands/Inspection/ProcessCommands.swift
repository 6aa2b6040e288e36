internal import Supervision

/// Processes in a table, and one by one. Asks nobody but the runtime's own tables.
enum ProcessCommands {
  static let all = [ps, info]

  private static let ps = Command(
    "ps", .inspection, "all processes", examples: ["ps"]
  ) { session, _ in
    let processes = session.runtime.snapshot
    return CommandResult(
      text: ProcessView.table(processes, session.printer.options),
      value: .array(processes.map(ProcessView.json)))
  }

  private static let info = Command(
    "info", .inspection, usage: "TARGET", "all about one process",
    examples: ["info registry", .init("info bucket shopping", after: "create shopping")],
    arguments: [.target, .free], arity: 1...2
  ) { session, invocation in
    let pid = try await session.target(invocation.arguments[...])
    guard let process = session.runtime.snapshot(of: pid) else {
      throw CommandError.unknownTarget("\(pid) has just ended. `ps` lists what is running.")
    }
    return CommandResult(
      text: ProcessView.details(process, in: session.runtime), value: ProcessView.json(process))
  }
}
