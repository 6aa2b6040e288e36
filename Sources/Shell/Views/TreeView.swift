internal import Supervision

/// The supervision tree drawn as text, and as JSON.
///
///     KV.Supervisor <0.3.0>  one_for_all
///     ├─ KV.BucketSupervisor <0.4.0>  one_for_one
///     │  └─ shopping <0.6.0>  temporary
///     └─ KV.Registry <0.5.0>  permanent
///
/// Neither recurses, however deep supervisors are nested.
enum TreeView {
  /// How many children of one supervisor are drawn; the rest is counted.
  private static let foldingLimit = 50

  // MARK: Text

  /// A line that is yet to be drawn, with what is below it.
  private enum Pending {
    case root(SupervisionTree.Node)
    case child(SupervisionTree.Node, indent: String, isLast: Bool)
    case rest(count: Int, indent: String)
  }

  static func text(_ roots: [SupervisionTree.Node], style: Style) -> String {
    var lines: [String] = []
    // The next one last.
    var pending = roots.reversed().map(Pending.root)
    while let next = pending.popLast() {
      switch next {
      case .root(let node):
        lines.append(label(node, style: style))
        pending += below(node, indent: "").reversed()
      case .child(let node, let indent, let isLast):
        lines.append(
          style.apply(.dim, to: indent + (isLast ? "└─ " : "├─ ")) + label(node, style: style))
        pending += below(node, indent: indent + (isLast ? "   " : "│  ")).reversed()
      case .rest(let count, let indent):
        lines.append(style.apply(.dim, to: "\(indent)└─ … and \(count) more"))
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func below(_ node: SupervisionTree.Node, indent: String) -> [Pending] {
    let children = node.children
    guard children.count > foldingLimit else {
      return children.enumerated().map { index, child in
        .child(child, indent: indent, isLast: index == children.count - 1)
      }
    }
    let drawn = children.prefix(foldingLimit - 1)
    return drawn.map { .child($0, indent: indent, isLast: false) }
      + [.rest(count: children.count - drawn.count, indent: indent)]
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

  // MARK: JSON

  /// What is yet to be written, with what is below it.
  private enum Part {
    case node(SupervisionTree.Node, isFirst: Bool)
    case end
  }

  static func json(_ roots: [SupervisionTree.Node]) -> JSONValue {
    var text = "["
    // The next one last.
    var pending = parts(roots)
    while let next = pending.popLast() {
      switch next {
      case .end: text += "]}"
      case .node(let node, let isFirst):
        if !isFirst { text += "," }
        text += ProcessView.json(node.process).description.dropLast()
        text += #","children":["#
        pending.append(.end)
        pending += parts(node.children)
      }
    }
    return .verbatim(text + "]")
  }

  private static func parts(_ nodes: [SupervisionTree.Node]) -> [Part] {
    nodes.enumerated().reversed().map { .node($1, isFirst: $0 == 0) }
  }
}
