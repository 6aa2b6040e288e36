internal import Supervision
internal import Views

/// All that is known of one process without asking it: what the page shows after a double click.
struct ProcessDetails {
  let process: ProcessSnapshot
  /// What it is at, in words.
  let handler: String?
  let all: [ProcessSnapshot]
  /// By the runtime's clock.
  let now: Duration
  /// The newest events, oldest first.
  let history: [RuntimeEvent]

  /// How many of a process's predecessors are told.
  private static let limit = 20
  /// How many links and monitors are told.
  private static let bondLimit = 100

  var json: JSONValue {
    let titles = Titles(all)
    let byPID = Dictionary(all.map { ($0.pid, $0) }) { first, _ in first }
    let supervisorName = process.supervisor.flatMap { byPID[$0]?.name }
    let lineage = history.filter { isOfLineage($0, below: supervisorName) }
    let ends = lineage.filter { if case .exited = $0.kind { true } else { false } }
    let crashes = ends.filter {
      if case .exited(_, let reason) = $0.kind { !reason.isOrderly } else { false }
    }
    func references(_ pids: [PID]) -> JSONValue {
      .array(pids.prefix(Self.bondLimit).map(titles.reference))
    }
    return [
      "type": "process",
      "process": ProcessJSON.details(process, handler: handler, bondLimit: Self.bondLimit),
      "handled": .integer(Int64(process.handled)),
      "started_s": .number((now - process.age) / .seconds(1)),
      "is_supervisor": .bool(process.isSupervisor),
      "is_own": .bool(process.isSilent),
      "names": .array(process.name.map { [.string($0)] } ?? []),
      "links": references(process.links),
      "monitors": .array(
        process.monitoring.prefix(Self.bondLimit).map { target in
          if case .pid(let pid) = target { return titles.reference(pid) }
          return ["pid": nil, "title": .string(target.description)]
        }),
      "monitored_by": references(process.monitoredBy),
      "supervisor": process.supervisor.map(titles.reference) ?? .null,
      "ancestors": references(ancestors(byPID)),
      "child_spec": childSpec(byPID),
      "children": .integer(Int64(all.count { $0.supervisor == process.pid })),
      "history": .array(
        history.filter { $0.kind.identity?.pid == process.pid }.suffix(Self.limit)
          .map(EventJSON.object)),
      "predecessors": .array(ends.suffix(Self.limit).reversed().map(EventJSON.object)),
      "crash_log": .array(crashes.suffix(Self.limit).reversed().map(EventJSON.object)),
    ]
  }

  /// Its specification, as far as it can be read without asking the supervisor.
  private func childSpec(_ byPID: [PID: ProcessSnapshot]) -> JSONValue {
    guard let supervision = process.supervision else { return .null }
    let terms = supervision.terms
    let (shutdown, patience): (String, Duration?) =
      switch terms.shutdown {
      case .brutalKill: ("brutal_kill", nil)
      case .after(let patience): ("timeout", patience)
      case .infinity: ("infinity", nil)
      }
    return [
      "id": .string(supervision.childID), "kind": .string(terms.kind.rawValue),
      "restart": .string(terms.restart.rawValue), "shutdown": .string(shutdown),
      "shutdown_s": patience.map { .number($0 / .seconds(1)) } ?? .null,
      "significant": .bool(terms.isSignificant),
      "place": .integer(Int64(process.order)), "restarts": .integer(Int64(process.restarts)),
      "strategy": .string(orNull: byPID[supervision.supervisor]?.role),
    ]
  }

  private func ancestors(_ byPID: [PID: ProcessSnapshot]) -> [PID] {
    var ancestors: [PID] = []
    var next = process.supervisor ?? process.parent
    while let pid = next, ancestors.count < 1000, let one = byPID[pid], !one.isSilent {
      ancestors.append(pid)
      next = one.supervisor ?? one.parent
    }
    return ancestors
  }

  /// Whether the event is about one who stood in this process's place before it: of the same name, or of the same
  /// label below a supervisor of the same name.
  private func isOfLineage(_ event: RuntimeEvent, below supervisorName: String?) -> Bool {
    guard let identity = event.kind.identity, identity.pid < process.pid else { return false }
    if let name = process.name { return identity.name == name }
    guard let label = process.label, identity.label == label, identity.name == nil else {
      return false
    }
    return identity.supervisor?.name == supervisorName
  }
}
