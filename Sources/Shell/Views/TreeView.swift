internal import Supervision

/// The supervision tree drawn as text, as a graph for Graphviz, and as JSON.
///
///     KV.Supervisor <0.3.0>  one_for_all
///     ├─ KV.BucketSupervisor <0.4.0>  one_for_one, permanent
///     │  └─ shopping <0.6.0>  temporary
///     └─ KV.Registry <0.5.0>  permanent, restarted 1×
struct TreeView {
  let style: Style
  /// How many children of one supervisor are drawn; the rest is counted. Nil, all.
  var foldingLimit: Int? = 50
  /// How many levels below a root are drawn. Nil, all.
  var depth: Int?

  func text(_ roots: [TreeModel.Node]) -> String {
    var lines: [String] = []
    for root in roots {
      lines.append(label(root, isFolded: depth == 0))
      draw(root.children, indent: "", level: 1, into: &lines)
    }
    return lines.joined(separator: "\n")
  }

  private func draw(
    _ nodes: [TreeModel.Node], indent: String, level: Int, into lines: inout [String]
  ) {
    if let depth, level > depth { return }
    let drawn = visible(nodes)
    let hidden = nodes.count - drawn.count
    for (index, node) in drawn.enumerated() {
      let isLast = index == drawn.count - 1 && hidden == 0
      lines.append(
        style.apply(.dim, to: indent + (isLast ? "└─ " : "├─ "))
          + label(node, isFolded: level == depth))
      draw(node.children, indent: indent + (isLast ? "   " : "│  "), level: level + 1, into: &lines)
    }
    if hidden > 0 {
      lines.append(style.apply(.dim, to: "\(indent)└─ … and \(hidden) more (`tree --all`)"))
    }
  }

  /// The children that are drawn: with too many, those with something to say come first.
  private func visible(_ nodes: [TreeModel.Node]) -> [TreeModel.Node] {
    guard let limit = foldingLimit, nodes.count > limit else { return nodes }
    let places = nodes.indices.sorted { left, right in
      (nodes[left].isRemarkable ? 0 : 1, left) < (nodes[right].isRemarkable ? 0 : 1, right)
    }
    return places.prefix(limit - 1).sorted().map { nodes[$0] }
  }

  private func label(_ node: TreeModel.Node, isFolded: Bool) -> String {
    let process = node.process
    let title = Sanitizer.sanitize(process.title)
    let pid = process.pid.description
    let name = title == pid ? pid : "\(style.apply(.name, to: title)) \(pid)"
    let notes = Self.notes(process).map { style.apply(.dim, to: $0) }
    let marks = node.marks.map { style.apply(.failure, to: $0.rawValue) }
    let below = node.descendantCount
    let folded = isFolded && below > 0 ? [style.apply(.dim, to: "… \(below) below")] : []
    let all = notes + marks + folded
    return all.isEmpty ? name : "\(name)  \(all.joined(separator: style.apply(.dim, to: ", ")))"
  }

  /// What a process is and how it fares, in words.
  static func notes(_ process: ProcessSnapshot) -> [String] {
    var notes: [String] = []
    if process.isSupervisor, let role = process.role { notes.append(role) }
    if let restart = process.restart, !process.isSupervisor || restart != "permanent" {
      notes.append(restart)
    }
    if process.restarts > 0 { notes.append("restarted \(process.restarts)×") }
    // A zombie has a mark for it.
    if process.isUnusual, process.status != .zombie { notes.append(process.status.rawValue) }
    if process.mailboxLength > 0 { notes.append("\(process.mailboxLength) in mailbox") }
    return notes
  }

  static func json(_ node: TreeModel.Node) -> JSONValue {
    guard case .object(let members) = ProcessView.json(node.process) else { return .null }
    return .object(
      members + [
        ("marks", .array(node.marks.map { .string($0.rawValue) })),
        ("children", .array(node.children.map(json))),
      ])
  }

  // MARK: Graphviz

  /// The tree in the language of Graphviz: `kv -c 'tree --dot' | dot -Tsvg`.
  static func dot(_ roots: [TreeModel.Node]) -> String {
    var lines = [
      "digraph supervision {", "  rankdir=LR; node [shape=box, fontname=\"sans-serif\"];",
    ]
    func add(_ node: TreeModel.Node) {
      let process = node.process
      let title = process.title == process.pid.description ? "" : process.title + "\n"
      let notes = (notes(process) + node.marks.map(\.rawValue)).joined(separator: ", ")
      let label = title + process.pid.description + (notes.isEmpty ? "" : "\n" + notes)
      let look =
        node.marks.isEmpty ? (process.isSupervisor ? ", style=bold" : "") : ", style=dashed"
      lines.append("  \(quoted(process.pid.description)) [label=\(quoted(label))\(look)];")
      for child in node.children {
        add(child)
        lines.append(
          "  \(quoted(process.pid.description)) -> \(quoted(child.process.pid.description));")
      }
    }
    roots.forEach(add)
    return (lines + ["}"]).joined(separator: "\n")
  }

  /// A string of Graphviz's language, in which a newline is written as an escape.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if result.count > 1 { result += "\\n" }
      for character in Sanitizer.sanitize(String(line)) {
        if character == "\"" || character == "\\" { result.append("\\") }
        result.append(character)
      }
    }
    return result + "\""
  }
}

extension TreeModel.Node {
  /// Whether somebody who looks for trouble would want to see it.
  var isRemarkable: Bool {
    !marks.isEmpty || process.restarts > 0 || process.isUnusual || process.mailboxLength > 0
      || children.contains(where: \.isRemarkable)
  }
}
