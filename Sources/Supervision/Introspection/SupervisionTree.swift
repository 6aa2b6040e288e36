public import Processes

/// The processes of a runtime arranged by supervision, as they were at one moment.
///
/// Read from the runtime's own tables: no process is asked, so none can hold this up.
public struct SupervisionTree: Sendable {
  public struct Node: Sendable {
    public let process: ProcessSnapshot
    /// In the order of starting.
    public var children: [Node]

    /// How many processes there are below this one, at any depth.
    public var descendantCount: Int {
      children.reduce(children.count) { $0 + $1.descendantCount }
    }
  }

  /// Supervisors that nobody supervises, oldest first.
  public let roots: [Node]

  public init(of runtime: Runtime) {
    self.init(runtime.snapshot)
  }

  /// - Complexity: O(n log n) in the number of processes, of which the logarithm is for sorting.
  init(_ processes: [ProcessSnapshot]) {
    let living = processes.filter { $0.status != .zombie }
    let pids = Set(living.map(\.pid))
    var children: [PID: [ProcessSnapshot]] = [:]
    var tops: [ProcessSnapshot] = []
    for process in living {
      if let supervisor = process.supervisor, pids.contains(supervisor) {
        children[supervisor, default: []].append(process)
      } else if process.kind == .supervisor || process.kind == .dynamicSupervisor {
        tops.append(process)
      }
    }
    func node(_ process: ProcessSnapshot) -> Node {
      let ordered = (children[process.pid] ?? []).sorted { ($0.order, $0.pid) < ($1.order, $1.pid) }
      return Node(process: process, children: ordered.map(node))
    }
    roots = tops.sorted { $0.pid < $1.pid }.map(node)
  }

  /// The part of the tree below one process.
  public func subtree(_ pid: PID) -> Node? {
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
