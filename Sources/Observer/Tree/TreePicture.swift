internal import Supervision
internal import Views

/// A folded tree with a place for each node, growing from left to right: a box for each process in the column of its
/// depth.
///
/// In the units of the picture, which are a browser's pixels before it zooms.
struct TreePicture {
  struct Box: Equatable {
    let x: Double
    let y: Double
    let width: Double
  }

  static let boxHeight = 40.0
  static let rowHeight = 52.0
  static let columnGap = 56.0
  static let margin = 20.0

  /// How many links and monitors of each process are told.
  static let bondLimit = 20

  let rows: [FoldedTree.Row]
  /// One for each row.
  let boxes: [Box]
  let width: Double
  let height: Double

  init(_ tree: FoldedTree) {
    rows = tree.rows
    var rests: [Int: Int] = [:]
    for (index, row) in rows.enumerated() {
      if case .rest = row.item, let parent = row.parent { rests[parent] = index }
    }
    self.rests = rests
    let layout = TidyTree(parents: rows.map(\.parent))
    var columns: [Double] = []
    let widths = rows.map(Self.boxWidth)
    for (depth, width) in zip(layout.depths, widths) {
      while columns.count <= depth { columns.append(0) }
      columns[depth] = max(columns[depth], width)
    }
    var lefts: [Double] = []
    var left = Self.margin
    for width in columns {
      lefts.append(left)
      left += width + Self.columnGap
    }
    boxes = rows.indices.map { row in
      Box(
        x: lefts[layout.depths[row]],
        y: Self.margin + layout.positions[row] * Self.rowHeight, width: widths[row])
    }
    width = max(0, left - Self.columnGap) + Self.margin
    height = Self.margin * 2 + layout.breadth * Self.rowHeight + Self.boxHeight
  }

  /// As wide as what is written in it, as far as that can be told from here: a browser's font is its own.
  private static func boxWidth(_ row: FoldedTree.Row) -> Double {
    guard case .process(let node) = row.item else { return 120 }
    let title = Double(min(node.process.title.unicodeScalars.count, 60)) * 8.6
    let notes = Double(subtitle(node).unicodeScalars.count) * 6.9
    return min(320, max(120, max(title, notes) + 54)).rounded()
  }

  /// What stands below the name: the PID, and what the process is to its supervisor.
  static func subtitle(_ node: TreeModel.Node) -> String {
    let process = node.process
    let isNamed = process.title != process.pid.description
    let notes =
      (isNamed ? [process.pid.description] : []) + TreeView.notes(process)
      + node.marks.map(\.rawValue)
    return notes.joined(separator: " · ")
  }

  /// The trees as nested objects, each with its place. See docs/observer.md.
  ///
  /// - Parameter applications: The names of applications by their root supervisor.
  func json(applications: [PID: String]) -> JSONValue {
    var text = "["
    var path: [Int] = []
    var isFirst = true
    for (index, row) in rows.enumerated() {
      while let last = path.last, last != row.parent {
        text += "]}"
        path.removeLast()
        isFirst = false
      }
      guard case .process(let node) = row.item else { continue }
      if !isFirst { text += "," }
      text += TreeView.jsonHead(node, bondLimit: Self.bondLimit)
      if row.parent == nil, let name = applications[node.process.pid] {
        text += #","application":\#(JSONValue.string(name))"#
      }
      text += #","subtitle":\#(JSONValue.string(Self.subtitle(node)))"#
      text += #","place":\#(Self.json(boxes[index]))"#
      if let hidden = hidden(below: index) { text += #","hidden":\#(hidden)"# }
      text += #","children":["#
      path.append(index)
      isFirst = true
    }
    for _ in path { text += "]}" }
    return .verbatim(text + "]")
  }

  private static func json(_ box: Box) -> JSONValue {
    ["x": .number(box.x), "y": .number(box.y), "width": .number(box.width)]
  }

  /// What is folded below a process; with a place of its own where it is the end of a family.
  private func hidden(below index: Int) -> JSONValue? {
    let row = rows[index]
    if row.hiddenChildren > 0 {
      return [
        "children": .integer(Int64(row.hiddenChildren)),
        "processes": .integer(Int64(row.hiddenProcesses)),
      ]
    }
    guard let place = rests[index] else { return nil }
    return [
      "children": .integer(Int64(rows[place].hiddenChildren)),
      "processes": .integer(Int64(rows[place].hiddenProcesses)), "place": Self.json(boxes[place]),
    ]
  }

  /// For each family that is folded at its end: which row says so.
  private let rests: [Int: Int]
}

extension TreePicture {
  /// The members of a snapshot that tell of the picture.
  func members(applications: [PID: String]) -> [(String, JSONValue)] {
    [
      ("width", .number(width)), ("height", .number(height)),
      ("box_height", .number(Self.boxHeight)),
      ("drawn", .integer(Int64(rows.count))),
      ("trees", json(applications: applications)),
    ]
  }
}
