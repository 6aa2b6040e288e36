internal import Supervision

/// Processes in a table, and one by one.
enum ProcessCommands {
  static let all = [ps, info, state, names, stats]

  private static let ps = Command(
    "ps", .inspection, usage: "[FILTER…]", "list the processes in a table",
    details: """
      FILTER is a column, a relation and a value, as in `mailbox>10`, `status=zombie`, `name~shop`, or
      a word that occurs anywhere. Several have to hold all. Columns are
      \(ProcessTable.Column.allCases.map(\.rawValue).joined(separator: ", ")); a narrow terminal shows
      fewer. Numbers are sorted from the largest down, texts from the first up.

      The shell's and the application's own helpers are shown with --all. Asks no process, so it shows
      the stuck as well. How much memory a single process has is not known.
      """,
    examples: [
      "ps", "ps --sort mailbox --limit 5", "ps kind=server restarts=0", "ps registry", "ps --all",
    ],
    options: [
      .init("sort", "COLUMN", "in which order (pid)"),
      .init("reverse", "the other way round"),
      .init("limit", "N", "only the first N"),
      .init("all", "also what belongs to the shell"),
    ],
    arguments: [.choice(ProcessTable.Column.allCases.map(\.rawValue))], arity: 0...20
  ) { session, invocation in
    var table = ProcessTable()
    if let name = invocation.value("sort") {
      guard let column = ProcessTable.Column(rawValue: name) else {
        throw ProcessFilter.unknownColumn(name)
      }
      table.sort = column
    }
    table.isReversed = invocation.has("reverse")
    table.showsAll = invocation.has("all")
    table.limit = try invocation.number("limit", 0...1_000_000_000)
    for text in invocation.arguments { table.filters.append(try ProcessFilter(text)) }
    let processes = session.runtime.snapshot
    let options = session.printer.options
    let shown = table
    return CommandResult {
      shown.text(processes, width: options.columns.map { $0() }, style: options.style)
    } value: {
      .array(shown.rows(processes).map { ProcessJSON.object($0) })
    }
  }

  private static let info = Command(
    "info", .inspection, usage: "TARGET", "tell all about one process",
    details: """
      What it is, who supervises it, whom it is linked with and monitors, how much is in its mailbox,
      and of a server the message that it has not done with. Asks nobody. With --log, the server is
      told to remember its newest messages from now on, and asked for those that it remembers.
      """,
    examples: [
      "info registry", .init("info bucket shopping", after: "create shopping"),
      .init("info registry --log; create b; info registry --log", after: "create a"),
    ],
    options: [.init("log", "ask for the newest messages, too")],
    arguments: [.target, .free], arity: 1...2
  ) { session, invocation in
    let pid = try await session.target(invocation.arguments[...])
    guard let process = session.runtime.snapshot(of: pid) else {
      throw CommandError.unknownTarget("\(pid) has just ended. `ps` lists what is running.")
    }
    let result = CommandResult(
      text: ProcessView.details(process, in: session.runtime),
      value: ProcessJSON.details(process, handler: process.handler(in: session.runtime)))
    guard invocation.has("log"), let text = result.text else { return result }
    let sys = session.runtime.sys(pid)
    let log = try await sys.log(timeout: .seconds(1))
    try await sys.startLogging(limit: 20, timeout: .seconds(1))
    let lines = log.compactMap { event -> String? in
      switch event.kind {
      case .received, .receivedInfo:
        "\n  \(Timeline.moment(event.time))  \(Sanitizer.sanitize(event.text))"
      case .continued, .replied, .handled: nil
      }
    }
    let heading = log.isEmpty ? "\nmessages      remembered from now on" : "\nmessages"
    return CommandResult(text: text + heading + lines.joined(), value: result.value)
  }

  private static let state = Command(
    "state", .inspection, usage: "TARGET", "ask a server for its state",
    details: """
      In words, as the server's type has them shown. Goes through the server's mailbox, so one that is
      stuck or busy gives no answer: then it fails after --timeout.
      """,
    examples: [
      "state registry",
      .init("state bucket shopping --timeout 1s", after: "create shopping; put eggs 3"),
    ],
    options: [.init("timeout", "DURATION", "how long to wait (5s)")],
    arguments: [.target, .free], arity: 1...2
  ) { session, invocation in
    let timeout = try invocation.duration("timeout") ?? .seconds(5)
    let pid = try await session.target(invocation.arguments[...])
    let status = try await session.runtime.sys(pid).status(timeout: timeout)
    return CommandResult(text: Sanitizer.sanitize(status.state), value: .string(status.state))
  }

  private static let names = Command(
    "names", .inspection, "list the registered names, and who bears them", examples: ["names"]
  ) { session, _ in
    let names = session.runtime.registeredNames
    var table = TextTable([.left("NAME", role: .name), .right("PID"), .left("KIND")])
    for (name, pid) in names {
      table.append([
        name, pid.description, session.runtime.snapshot(of: pid)?.kind.rawValue ?? "",
      ])
    }
    return CommandResult(
      text: names.isEmpty ? nil : table.render(style: session.printer.options.style),
      value: .object(names.map { ($0.name, .string($0.pid.description)) }))
  }

  private static let stats = Command(
    "stats", .inspection, "sum up the system in numbers",
    details: "Messages are those that living processes have received.", examples: ["stats"]
  ) { session, _ in
    let facts = SystemFacts(session)
    return CommandResult(text: facts.text, value: facts.json)
  }
}
