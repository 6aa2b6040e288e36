internal import Supervision
internal import Views

/// A tree of the past with places for its nodes.
///
/// Of those who have ended no more is known than the events tell, so they have fewer members than a living process.
struct PastPicture {
  private let tree: PastTree
  private let living: [PID: ProcessKind]
  /// What processes of a name are, which those before them will have been, too.
  private let byName: [String: ProcessKind]

  init(_ tree: PastTree, now processes: [ProcessSnapshot]) {
    self.tree = tree
    living = Dictionary(processes.map { ($0.pid, $0.kind) }) { first, _ in first }
    byName = Dictionary(processes.map { ($0.title, $0.kind) }) { first, _ in first }
  }

  /// How many are drawn at most.
  private static let limit = 2_000

  var members: [(String, JSONValue)] {
    let members = tree.members.prefix(Self.limit)
    let layout = TidyTree(parents: members.map(\.parent))
    let column = 260.0
    let nodes = members.enumerated().map { index, member -> JSONValue in
      let identity = member.identity
      let kind =
        (living[identity.pid] ?? byName[identity.title])?.rawValue
        ?? (member.isSupervisor ? "supervisor" : nil)
      return [
        "pid": .string(identity.pid.description), "name": .string(orNull: identity.name),
        "label": .string(orNull: identity.label), "kind": .string(orNull: kind),
        "alive": .bool(living[identity.pid] != nil),
        "parent": .string(orNull: member.parent.map { members[$0].identity.pid.description }),
        "place": [
          "x": .number(TreePicture.margin + Double(layout.depths[index]) * column),
          "y": .number(TreePicture.margin + layout.positions[index] * TreePicture.rowHeight),
          "width": .number(210),
        ],
      ]
    }
    return [
      ("processes", .integer(Int64(tree.members.count))),
      ("nodes", .array(nodes)),
      (
        "width",
        .number(TreePicture.margin * 2 + Double((layout.depths.max() ?? 0) + 1) * column)
      ),
      (
        "height",
        .number(
          TreePicture.margin * 2 + layout.breadth * TreePicture.rowHeight + TreePicture.boxHeight)
      ),
    ]
  }
}
