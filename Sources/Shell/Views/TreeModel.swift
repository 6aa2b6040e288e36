internal import Supervision

/// Who belongs below whom: what `tree` draws.
///
/// Differs from `SupervisionTree` in what it says of those whom nobody looks after. A process whose
/// supervisor is dead stands at the top, one that is only linked to its starter below that, and both
/// are `unsupervised`. The dead whose code still runs are shown, too, as zombies. What the application
/// can't reach any more it calls an `orphan`.
///
/// Made of what the runtime's own tables hold: no process is asked, so none can hold this up.
struct TreeModel: Sendable {
  enum Mark: String, Sendable, CaseIterable {
    /// It lives, and nothing of the application's leads to it.
    case orphan
    /// Nobody would start it again or stop it in order.
    case unsupervised
    /// Dead, but its code has not noticed yet.
    case zombie
  }

  struct Node: Sendable {
    let process: ProcessSnapshot
    var marks: [Mark] = []
    /// In the order of starting.
    var children: [Node] = []

    /// How many processes there are below this one, at any depth.
    var descendantCount: Int { children.reduce(children.count) { $0 + $1.descendantCount } }
  }

  let roots: [Node]

  /// - Complexity: O(n log n) in the number of processes.
  init(_ processes: [ProcessSnapshot], orphans: Set<PID> = []) {
    let shown = processes.filter { !$0.isSilent }
    let living = Set(shown.lazy.filter { $0.status != .zombie }.map(\.pid))
    var children: [PID: [ProcessSnapshot]] = [:]
    var tops: [ProcessSnapshot] = []
    for process in shown {
      if let supervisor = process.supervisor {
        if living.contains(supervisor) {
          children[supervisor, default: []].append(process)
        } else {
          tops.append(process)
        }
      } else if process.isSupervisor {
        tops.append(process)
      } else if let parent = process.parent, living.contains(parent) {
        children[parent, default: []].append(process)
      }
    }
    func marks(_ process: ProcessSnapshot) -> [Mark] {
      if process.status == .zombie { return [.zombie] }
      var marks: [Mark] = orphans.contains(process.pid) ? [.orphan] : []
      let isSupervised = process.supervisor.map(living.contains) ?? process.isSupervisor
      if !isSupervised { marks.append(.unsupervised) }
      return marks
    }
    func node(_ process: ProcessSnapshot) -> Node {
      // A zombie has no children any more; those it left are at the top.
      let below = process.status == .zombie ? [] : children[process.pid] ?? []
      let ordered = below.sorted { ($0.order, $0.pid) < ($1.order, $1.pid) }
      return Node(process: process, marks: marks(process), children: ordered.map(node))
    }
    roots = tops.sorted { $0.pid < $1.pid }.map(node)
  }

  /// The part of the tree below one process.
  func subtree(_ pid: PID) -> Node? {
    func find(_ nodes: [Node]) -> Node? {
      for node in nodes {
        if node.process.pid == pid { return node }
        if let found = find(node.children) { return found }
      }
      return nil
    }
    return find(roots)
  }
}

extension ProcessSnapshot {
  /// Whether it does something else than wait for its next message. One that is a single function
  /// waits inside it.
  var isUnusual: Bool { status != .idle && !(status == .waiting && kind == .process) }

  var isSupervisor: Bool { kind == .supervisor || kind == .dynamicSupervisor }
}
