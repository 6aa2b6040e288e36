public import Processes

/// The processes of a runtime arranged by supervision, as they were at one moment.
///
/// Read from the runtime's own tables: no process is asked, so none can hold this up. Supervisors may be
/// nested as deep as they like: nothing here recurses.
public struct SupervisionTree: Sendable {
  /// A process in the tree.
  public struct Node: Sendable {
    fileprivate let layout: Layout
    fileprivate let index: Int

    public var process: ProcessSnapshot { layout.tree.processes[index] }

    /// In the order of starting.
    ///
    /// - Complexity: O(children).
    public var children: [Node] {
      layout.tree.children(of: index).map { Node(layout: layout, index: $0) }
    }

    /// How many processes there are below this one, at any depth.
    public var descendantCount: Int { layout.tree.descendantCount(of: index) }
  }

  /// One for all nodes.
  fileprivate final class Layout: Sendable {
    let tree: TreeLayout

    init(_ tree: TreeLayout) { self.tree = tree }
  }

  private let layout: Layout

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
    layout = Layout(TreeLayout(tops: tops) { children[$0.pid] ?? [] })
  }

  /// Supervisors that nobody supervises, oldest first.
  public var roots: [Node] { layout.tree.tops.map { Node(layout: layout, index: $0) } }

  /// The part of the tree below one process.
  ///
  /// - Complexity: O(n) in the number of processes.
  public func subtree(_ pid: PID) -> Node? {
    layout.tree.processes.firstIndex { $0.pid == pid }.map { Node(layout: layout, index: $0) }
  }
}
