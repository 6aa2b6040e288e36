public import Processes

/// The processes of a runtime arranged by supervision, as they were at one moment.
///
/// Read from the runtime's own tables: no process is asked, so none can hold this up. Supervisors may be
/// nested as deep as they like: nothing here recurses.
public struct SupervisionTree: Sendable {
  /// A process in the tree.
  public struct Node: Sendable {
    fileprivate let storage: Storage
    fileprivate let index: Int

    public var process: ProcessSnapshot { storage.processes[index] }

    /// In the order of starting.
    ///
    /// - Complexity: O(children).
    public var children: [Node] { storage.siblings(from: index + 1, to: storage.ends[index]) }

    /// How many processes there are below this one, at any depth.
    public var descendantCount: Int { storage.ends[index] - index - 1 }
  }

  /// The tree in a row: behind each process those below it, so that they lie side by side.
  fileprivate final class Storage: Sendable {
    let processes: [ProcessSnapshot]
    /// For each process, the place behind the last of those below it.
    let ends: [Int]

    init(processes: [ProcessSnapshot], ends: [Int]) {
      self.processes = processes
      self.ends = ends
    }

    func siblings(from start: Int, to end: Int) -> [Node] {
      var nodes: [Node] = []
      var index = start
      while index < end {
        nodes.append(Node(storage: self, index: index))
        index = ends[index]
      }
      return nodes
    }
  }

  private let storage: Storage

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
    var row: [ProcessSnapshot] = []
    var parents: [Int] = []
    // What is still to come, the next one last.
    var pending = tops.sorted { $0.pid > $1.pid }.map { (process: $0, parent: -1) }
    while let (process, parent) = pending.popLast() {
      let below = (children[process.pid] ?? []).sorted { ($0.order, $0.pid) > ($1.order, $1.pid) }
      for child in below { pending.append((child, row.count)) }
      row.append(process)
      parents.append(parent)
    }
    var sizes = Array(repeating: 1, count: row.count)
    for index in row.indices.reversed() where parents[index] >= 0 {
      sizes[parents[index]] += sizes[index]
    }
    storage = Storage(processes: row, ends: row.indices.map { $0 + sizes[$0] })
  }

  /// Supervisors that nobody supervises, oldest first.
  public var roots: [Node] { storage.siblings(from: 0, to: storage.processes.count) }

  /// The part of the tree below one process.
  ///
  /// - Complexity: O(n) in the number of processes.
  public func subtree(_ pid: PID) -> Node? {
    storage.processes.firstIndex { $0.pid == pid }.map { Node(storage: storage, index: $0) }
  }
}
