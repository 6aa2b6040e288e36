internal import Supervision

/// The supervision tree.
enum TreeCommands {
  static let all = [tree]

  private static let tree = Command(
    "tree", .inspection, usage: "[TARGET]", "draw the supervision tree",
    details: """
      Each process with its name, PID, strategy or restart type, and what is not ordinary about it:
      how often it was restarted, whether it runs, waits or is suspended, how much is in its mailbox.

      Marks: an `orphan` lives, but nothing of the application's leads to it; `unsupervised` is who has
      no living supervisor; a `zombie` is dead, but its code still runs. Of many children, the first
      fifty and the remarkable ones are drawn. Asks no process, so it shows the stuck as well.

      As in OTP, supervisors restart at once or give up: none waits in back-off.
      """,
    examples: [
      "tree", "tree bucket-supervisor", "tree --depth 1", "tree --dot",
      .init("tree --all", after: "create a b"),
    ],
    options: [
      .init("all", "draw every child, however many"),
      .init("depth", "N", "draw so many levels only"),
      .init("dot", "as a graph for Graphviz"),
      .init("json", "as one JSON value"),
    ],
    arguments: [.target, .free], arity: 0...2
  ) { session, invocation in
    let model = session.treeModel
    var roots = model.roots
    if !invocation.arguments.isEmpty {
      let pid = try await session.target(invocation.arguments[...])
      guard let node = model.subtree(pid) else {
        throw CommandError.unknownTarget("\(pid) is in no supervision tree. `ps` shows it.")
      }
      roots = [node]
    } else if let stopped = session.notRunning, roots.isEmpty {
      return CommandResult(text: stopped.message, value: .array([]))
    }
    let shown = roots
    if invocation.has("json") {
      var result = CommandResult {
        TreeView.json(shown).description
      } value: {
        TreeView.json(shown)
      }
      result.isFoldable = false
      return result
    }
    if invocation.has("dot") { return CommandResult(TreeView.dot(roots)) }
    var view = TreeView(style: session.printer.options.style)
    if invocation.has("all") { view.foldingLimit = nil }
    view.depth = try invocation.number("depth", 0...1000)
    let drawing = view
    let columns = session.printer.options.columns
    return CommandResult {
      let text = drawing.text(shown)
      guard let width = columns?() else { return text }
      return text.split(separator: "\n").map { String($0).foldedInTree(toWidth: width) }
        .joined(separator: "\n")
    } value: {
      TreeView.json(shown)
    }
  }
}

extension Session {
  /// The tree as it is now.
  var treeModel: TreeModel {
    let processes = runtime.snapshot
    return TreeModel(processes, orphans: application.orphans(among: processes))
  }
}
