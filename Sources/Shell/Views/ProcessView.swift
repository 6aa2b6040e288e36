internal import Supervision

/// Processes as tables, paragraphs and JSON.
enum ProcessView {
  static func table(_ processes: [ProcessSnapshot], _ options: Printer.Options) -> String {
    var table = TextTable([
      .right("PID"), .left("NAME", role: .name), .left("KIND"), .left("STATUS"), .right("MAILBOX"),
      .right("MESSAGES"), .right("RESTARTS"), .left("SUPERVISOR"),
    ])
    var titles: [PID: String] = [:]
    for process in processes { titles[process.pid] = process.title }
    for process in processes {
      table.append(row(process, titles: titles))
    }
    let width = options.columns.map { columns in columns() }
    return table.render(width: width, style: options.style)
  }

  private static func row(_ process: ProcessSnapshot, titles: [PID: String]) -> [String] {
    var supervisor = ""
    if let pid = process.supervisor { supervisor = titles[pid] ?? pid.description }
    return [
      process.pid.description, process.name ?? process.label ?? "", process.kind.rawValue,
      process.status.rawValue, "\(process.mailboxLength)", "\(process.messagesReceived)",
      "\(process.restarts)", supervisor,
    ]
  }

  static func details(_ process: ProcessSnapshot, in runtime: Runtime) -> String {
    func named(_ pid: PID) -> String {
      let title = runtime.snapshot(of: pid)?.title ?? pid.description
      return title == pid.description ? title : "\(Sanitizer.sanitize(title)) \(pid)"
    }
    func named(_ pids: [PID]) -> String { pids.map { named($0) }.joined(separator: ", ") }
    func named(_ targets: [Destination]) -> String {
      targets.map { target in
        if case .pid(let pid) = target { named(pid) } else { target.description }
      }.joined(separator: ", ")
    }
    let rows: [(String, String)] = [
      ("pid", process.pid.description),
      ("name", process.name ?? ""),
      ("label", process.label ?? ""),
      ("kind", process.kind.rawValue),
      ("role", process.role ?? ""),
      ("status", process.status.rawValue),
      ("supervisor", process.supervisor.map { named($0) } ?? ""),
      ("restart", process.restart ?? ""),
      ("restarts", process.restart == nil ? "" : "\(process.restarts)"),
      ("links", named(process.links)),
      ("monitors", named(process.monitoring)),
      ("monitored by", named(process.monitoredBy)),
      ("traps exits", process.isTrappingExits ? "yes" : "no"),
      ("mailbox", "\(process.mailboxLength)"),
      ("received", "\(process.messagesReceived)"),
    ]
    return rows.filter { !$0.1.isEmpty }.map { label, text in
      label + String(repeating: " ", count: 14 - label.count) + Sanitizer.sanitize(text)
    }.joined(separator: "\n")
  }

  static func childTable(
    _ children: [ChildInfo], in runtime: Runtime, style: Style
  ) -> String? {
    guard !children.isEmpty else { return nil }
    var table = TextTable([
      .left("ID"), .left("PID"), .left("NAME", role: .name), .left("KIND"),
    ])
    for child in children {
      table.append([
        child.id ?? "", child.state.word,
        child.state.pid.flatMap { runtime.snapshot(of: $0) }
          .flatMap { $0.name ?? $0.label } ?? "",
        child.kind.rawValue,
      ])
    }
    return table.render(style: style)
  }

  static func json(_ process: ProcessSnapshot) -> JSONValue {
    func list(_ items: [some CustomStringConvertible]) -> JSONValue {
      .array(items.map { .string($0.description) })
    }
    return [
      "pid": .string(process.pid.description),
      "name": .string(orNull: process.name),
      "label": .string(orNull: process.label),
      "kind": .string(process.kind.rawValue),
      "role": .string(orNull: process.role),
      "status": .string(process.status.rawValue),
      "supervisor": .string(orNull: process.supervisor?.description),
      "child_id": .string(orNull: process.childID),
      "restart": .string(orNull: process.restart),
      "restarts": .integer(Int64(process.restarts)),
      "links": list(process.links),
      "monitors": list(process.monitoring),
      "monitored_by": list(process.monitoredBy),
      "traps_exits": .bool(process.isTrappingExits),
      "mailbox": .integer(Int64(process.mailboxLength)),
      "received": .integer(Int64(process.messagesReceived)),
    ]
  }

  static func json(_ child: ChildInfo, in runtime: Runtime) -> JSONValue {
    let process = child.state.pid.flatMap { runtime.snapshot(of: $0) }
    return [
      "id": .string(orNull: child.id),
      "pid": .string(orNull: child.state.pid?.description),
      "state": .string(child.state.pid == nil ? child.state.word : "running"),
      "name": .string(orNull: process?.name),
      "label": .string(orNull: process?.label),
      "kind": .string(child.kind.rawValue),
    ]
  }
}

extension ChildInfo.State {
  var pid: PID? { if case .running(let pid) = self { pid } else { nil } }

  var word: String {
    switch self {
    case .running(let pid): pid.description
    case .restarting: "restarting"
    case .notRunning: "not running"
    }
  }
}
