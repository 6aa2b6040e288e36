internal import Processes
internal import Supervision
internal import Views

/// The part of a tree that is drawn: large families and what lies deep are folded, with counts.
///
/// Who has something to say (restarted, stuck, orphaned) is drawn rather than folded, as long as there is room for it.
struct FoldedTree {
  /// How much is drawn.
  struct Extent: Equatable {
    /// How many children of one supervisor are drawn at most.
    var children = 12
    /// How many levels below a root are drawn.
    var depth = 8
    /// How many nodes are drawn at most, whatever was opened: what a browser can still draw.
    var nodes = 2_000
    /// Whose children are all drawn: the numbers in their PIDs.
    var openedSerials: Set<UInt64> = []
    /// Who is drawn wherever it is, with all those above it.
    var revealedSerials: Set<UInt64> = []
  }

  /// What is drawn in one place: a process, or all that was folded at the end of a family.
  enum Item {
    case process(TreeModel.Node)
    case rest
  }

  struct Row {
    let item: Item
    let parent: Int?
    /// Children that are not drawn; for a rest, those of its parent that are not.
    var hiddenChildren = 0
    /// The same, with all that is below them.
    var hiddenProcesses = 0
  }

  /// In preorder.
  private(set) var rows: [Row] = []

  init(_ roots: [TreeModel.Node], _ extent: Extent = Extent()) {
    let paths = Self.paths(to: extent.revealedSerials, in: roots)
    // The next one last.
    var pending = roots.reversed().map { (item: Item.process($0), parent: Int?.none, depth: 0) }
    var rests: [Int: (children: Int, processes: Int)] = [:]
    while let (item, parent, depth) = pending.popLast() {
      let place = rows.count
      guard case .process(let node) = item else {
        let (children, processes) = parent.flatMap { rests[$0] } ?? (0, 0)
        rows.append(
          Row(item: .rest, parent: parent, hiddenChildren: children, hiddenProcesses: processes))
        continue
      }
      var row = Row(item: item, parent: parent)
      let isOnPath = paths.contains(node.process.pid)
      let isOpened = extent.openedSerials.contains(node.process.pid.serial)
      let isOver = rows.count >= extent.nodes
      if node.descendantCount > 0 {
        if !isOnPath, isOver || depth >= extent.depth && !isOpened {
          row.hiddenChildren = node.children.count
          row.hiddenProcesses = node.descendantCount
        } else {
          let all = node.children
          let room = max(1, extent.nodes - rows.count)
          let limit = isOpened ? room : min(extent.children, room)
          let drawn = Self.drawn(all, limit: limit, paths: paths)
          if drawn.count < all.count {
            let shown = drawn.reduce(0) { $0 + 1 + $1.descendantCount }
            rests[place] = (all.count - drawn.count, node.descendantCount - shown)
            pending.append((.rest, place, depth + 1))
          }
          for child in drawn.reversed() { pending.append((.process(child), place, depth + 1)) }
        }
      }
      rows.append(row)
    }
  }

  /// The children that are drawn, in their order.
  private static func drawn(
    _ nodes: [TreeModel.Node], limit: Int, paths: Set<PID>
  ) -> [TreeModel.Node] {
    guard nodes.count > limit else { return nodes }
    // The last place is the rest's.
    let room = max(1, limit - 1)
    // The wanted first, then the remarkable, then the others; as many of each as there is room for.
    var ranks: [[Int]] = [[], [], []]
    for (index, node) in nodes.enumerated() {
      let rank =
        paths.contains(node.process.pid)
        ? 0 : node.isRemarkable || node.process.isSupervisor ? 1 : 2
      if ranks[rank].count < room { ranks[rank].append(index) }
    }
    return ranks.joined().prefix(room).sorted().map { nodes[$0] }
  }

  /// The revealed and everybody above them.
  private static func paths(to revealed: Set<UInt64>, in roots: [TreeModel.Node]) -> Set<PID> {
    if revealed.isEmpty { return [] }
    var parents: [PID: PID] = [:]
    var targets: [PID] = []
    var pending = roots
    while let node = pending.popLast() {
      if revealed.contains(node.process.pid.serial) { targets.append(node.process.pid) }
      for child in node.children { parents[child.process.pid] = node.process.pid }
      pending += node.children
    }
    var paths: Set<PID> = []
    for pid in targets {
      var next: PID? = pid
      while let one = next, paths.insert(one).inserted { next = parents[one] }
    }
    return paths
  }
}
