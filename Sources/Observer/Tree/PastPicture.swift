internal import Supervision
internal import Views

/// A tree of the past with places for its nodes.
///
/// Of those who have ended no more is known than the events tell, so they have fewer members than a living process.
struct PastPicture {
  private let tree: PastTree
  private let kinds: [PID: ProcessKind]

  init(_ tree: PastTree, kinds: [PID: ProcessKind]) {
    self.tree = tree
    self.kinds = kinds
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
        kinds[identity.pid]?.rawValue ?? (member.isSupervisor ? "supervisor" : "server")
      return [
        "pid": .string(identity.pid.description), "name": .string(orNull: identity.name),
        "label": .string(orNull: identity.label), "kind": .string(kind),
        "alive": .bool(kinds[identity.pid] != nil),
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
