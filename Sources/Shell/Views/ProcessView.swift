internal import Supervision

/// Processes as paragraphs and JSON, and children of supervisors as a table.
enum ProcessView {
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
      ("handler", process.handler(in: runtime) ?? ""),
      ("supervisor", process.supervisor.map { named($0) } ?? ""),
      ("restart", process.restart ?? ""),
      ("restarts", process.restart == nil ? "" : "\(process.restarts)"),
      ("links", named(process.links)),
      ("monitors", named(process.monitoring)),
      ("monitored by", named(process.monitoredBy)),
      ("traps exits", process.isTrappingExits ? "yes" : "no"),
      ("age", Timeline.moment(process.age)),
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
