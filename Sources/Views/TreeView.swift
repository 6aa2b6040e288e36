package import Supervision

/// The supervision tree drawn as text, as a graph for Graphviz, and as JSON.
///
///     KV.Supervisor <0.3.0>  one_for_all
///     ├─ KV.BucketSupervisor <0.4.0>  one_for_one, permanent
///     │  └─ shopping <0.6.0>  temporary
///     └─ KV.Registry <0.5.0>  permanent, restarted 1×
///
/// Nothing recurses, however deep supervisors are nested.
package struct TreeView {
  package let style: Style
  /// How many children of one supervisor are drawn; the rest is counted. Nil, all.
  package var foldingLimit: Int? = 50
  /// How many levels below a root are drawn. Nil, all.
  package var depth: Int?

  package init(style: Style, foldingLimit: Int? = 50, depth: Int? = nil) {
    self.style = style
    self.foldingLimit = foldingLimit
    self.depth = depth
  }

  // MARK: Text

  /// A line that is yet to be drawn, with what is below it.
  private enum Pending {
    case root(TreeModel.Node)
    case child(TreeModel.Node, indent: String, level: Int, isLast: Bool)
    case rest(count: Int, indent: String)
  }

  package func text(_ roots: [TreeModel.Node]) -> String {
    var lines: [String] = []
    // The next one last.
    var pending = roots.reversed().map(Pending.root)
    while let next = pending.popLast() {
      switch next {
      case .root(let node):
        lines.append(label(node, isFolded: depth == 0))
        pending += below(node, indent: "", level: 1)
      case .child(let node, let indent, let level, let isLast):
        lines.append(
          style.apply(.dim, to: indent + (isLast ? "└─ " : "├─ "))
            + label(node, isFolded: level == depth))
        pending += below(node, indent: indent + (isLast ? "   " : "│  "), level: level + 1)
      case .rest(let count, let indent):
        lines.append(style.apply(.dim, to: "\(indent)└─ … and \(count) more (`tree --all`)"))
      }
    }
    return lines.joined(separator: "\n")
  }

  /// What is drawn below a process, the first last.
  private func below(_ node: TreeModel.Node, indent: String, level: Int) -> [Pending] {
    if let depth, level > depth { return [] }
    let nodes = node.children
    let drawn = visible(nodes)
    let hidden = nodes.count - drawn.count
    var lines = drawn.enumerated().map { index, child in
      Pending.child(
        child, indent: indent, level: level, isLast: index == drawn.count - 1 && hidden == 0)
    }
    if hidden > 0 { lines.append(.rest(count: hidden, indent: indent)) }
    return lines.reversed()
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
  package static func notes(_ process: ProcessSnapshot) -> [String] {
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

  // MARK: JSON

  /// What is yet to be written, with what is below it.
  private enum Part {
    case node(TreeModel.Node, isFirst: Bool)
    case end
  }

  /// All trees in one array. Written as it goes, since values that lie in each other would be nested as deep as the
  /// supervisors are.
  package static func json(_ roots: [TreeModel.Node]) -> JSONValue {
    var text = "["
    // The next one last.
    var pending = parts(roots)
    while let next = pending.popLast() {
      switch next {
      case .end: text += "]}"
      case .node(let node, let isFirst):
        if !isFirst { text += "," }
        text += jsonHead(node)
        text += #","children":["#
        pending.append(.end)
        pending += parts(node.children)
      }
    }
    return .verbatim(text + "]")
  }

  /// A process of a tree as JSON, up to where its children follow, or more of its members.
  package static func jsonHead(_ node: TreeModel.Node, bondLimit: Int? = nil) -> Substring {
    let marks = JSONValue.array(node.marks.map { .string($0.rawValue) })
    return ProcessJSON.object(node.process, bondLimit: bondLimit).description.dropLast()
      + #","marks":\#(marks)"#
  }

  private static func parts(_ nodes: [TreeModel.Node]) -> [Part] {
    nodes.enumerated().reversed().map { .node($1, isFirst: $0 == 0) }
  }

  // MARK: Graphviz

  /// The tree in the language of Graphviz: `kv -c 'tree --dot' | dot -Tsvg`.
  package static func dot(_ roots: [TreeModel.Node]) -> String {
    var lines = [
      "digraph supervision {", "  rankdir=LR; node [shape=box, fontname=\"sans-serif\"];",
    ]
    // The next one last.
    var pending = roots.reversed().map { (node: $0, supervisor: PID?.none) }
    while let (node, supervisor) = pending.popLast() {
      let process = node.process
      let title = process.title == process.pid.description ? "" : process.title + "\n"
      let notes = (notes(process) + node.marks.map(\.rawValue)).joined(separator: ", ")
      let label = title + process.pid.description + (notes.isEmpty ? "" : "\n" + notes)
      let look =
        node.marks.isEmpty ? (process.isSupervisor ? ", style=bold" : "") : ", style=dashed"
      let me = quoted(process.pid.description)
      lines.append("  \(me) [label=\(quoted(label))\(look)];")
      if let supervisor { lines.append("  \(quoted(supervisor.description)) -> \(me);") }
      pending += node.children.reversed().map { ($0, process.pid) }
    }
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
