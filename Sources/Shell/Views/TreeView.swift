internal import Supervision

/// The supervision tree drawn as text, and as JSON.
///
///     KV.Supervisor <0.3.0>  one_for_all
///     ├─ KV.BucketSupervisor <0.4.0>  one_for_one
///     │  └─ shopping <0.6.0>  temporary
///     └─ KV.Registry <0.5.0>  permanent
enum TreeView {
  /// How many children of one supervisor are drawn; the rest is counted.
  private static let foldingLimit = 50

  static func text(_ roots: [SupervisionTree.Node], style: Style) -> String {
    var lines: [String] = []
    for root in roots {
      lines.append(label(root, style: style))
      draw(root.children, indent: "", style: style, into: &lines)
    }
    return lines.joined(separator: "\n")
  }

  private static func draw(
    _ nodes: [SupervisionTree.Node], indent: String, style: Style, into lines: inout [String]
  ) {
    let folded = nodes.count > foldingLimit
    let drawn = folded ? nodes.prefix(foldingLimit - 1) : nodes[...]
    for (index, node) in drawn.enumerated() {
      let isLast = index == drawn.count - 1 && !folded
      lines.append(
        style.apply(.dim, to: indent + (isLast ? "└─ " : "├─ ")) + label(node, style: style))
      draw(node.children, indent: indent + (isLast ? "   " : "│  "), style: style, into: &lines)
    }
    if folded {
      lines.append(
        style.apply(.dim, to: "\(indent)└─ … and \(nodes.count - drawn.count) more"))
    }
  }

  private static func label(_ node: SupervisionTree.Node, style: Style) -> String {
    let process = node.process
    let title = Sanitizer.sanitize(process.title)
    let pid = process.pid.description
    var notes: [String] = []
    if process.kind == .supervisor || process.kind == .dynamicSupervisor, let role = process.role {
      notes.append(role)
    } else if let restart = process.restart {
      notes.append(restart)
    }
    if process.restarts > 0 { notes.append("restarted \(process.restarts)×") }
    let name = title == pid ? pid : "\(style.apply(.name, to: title)) \(pid)"
    return notes.isEmpty ? name : "\(name)  \(style.apply(.dim, to: notes.joined(separator: ", ")))"
  }

  static func json(_ node: SupervisionTree.Node) -> JSONValue {
    guard case .object(let members) = ProcessView.json(node.process) else { return .null }
    return .object(members + [("children", .array(node.children.map(json)))])
  }
}
