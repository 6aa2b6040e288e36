import Processes
import Supervision
import Testing
import Views

@testable import Observer

@Suite struct TreeTests {
  private struct Counter: GenServer {
    enum Message: Sendable { case nothing }
    mutating func handle(_ message: Message, _ process: ProcessContext) -> Next { .receive }
  }

  private func withTree(
    children: Int, _ body: (Runtime, TreeModel) async throws -> Void
  ) async throws {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let specs = (0..<children).map { number in
      Counter.childSpec(id: "c\(number)", label: "c\(number)") { _ in Counter() }
    }
    _ = try await Supervisor.start(in: runtime, name: "root", children: specs)
    await runtime.settle()
    try await body(runtime, TreeModel(runtime.snapshot))
  }

  private func titles(_ tree: FoldedTree) -> [String] {
    tree.rows.map { row in
      if case .process(let node) = row.item { node.process.title } else { "+\(row.hiddenChildren)" }
    }
  }

  @Test func `a large family is folded at its end, with a count`() async throws {
    try await withTree(children: 20) { _, model in
      let tree = FoldedTree(model.roots, .init(children: 5))
      #expect(titles(tree) == ["root", "c0", "c1", "c2", "c3", "+16"])
      #expect(tree.rows.last?.hiddenProcesses == 16)
      #expect(titles(FoldedTree(model.roots, .init(children: 20))).count == 21)
    }
  }

  @Test func `who was restarted, or is looked for, is not folded`() async throws {
    try await withTree(children: 20) { runtime, model in
      let last = try #require(model.processes.last)
      let tree = FoldedTree(
        model.roots, .init(children: 3, revealedSerials: [last.pid.serial]))
      #expect(titles(tree) == ["root", "c0", "c19", "+18"])
      runtime.exit(last.pid, .kill)
      await runtime.settle()
      let after = FoldedTree(TreeModel(runtime.snapshot).roots, .init(children: 3))
      #expect(titles(after) == ["root", "c0", "c19", "+18"])
    }
  }

  @Test func `what is opened is drawn in full, and what is deep is counted`() async throws {
    try await withTree(children: 20) { _, model in
      let root = try #require(model.roots.first).process.pid
      #expect(
        FoldedTree(model.roots, .init(children: 3, openedSerials: [root.serial])).rows.count == 21)
      let shallow = FoldedTree(model.roots, .init(depth: 0))
      #expect(shallow.rows.count == 1)
      #expect(shallow.rows.first?.hiddenProcesses == 20)
      #expect(FoldedTree(model.roots, .init(children: 100, nodes: 7)).rows.count <= 8)
    }
  }

  @Test func `a picture is JSON in which nodes lie in each other as the processes do`() async throws
  {
    try await withTree(children: 4) { _, model in
      let picture = TreePicture(FoldedTree(model.roots, .init(children: 3)))
      let root = try #require(model.roots.first).process.pid
      let json = try JSONReader.read(picture.json(applications: [root: "shop"]).description.utf8)
      guard case .array(let trees) = json, let tree = trees.first,
        case .array(let children) = tree["children"]
      else {
        Issue.record("no tree")
        return
      }
      #expect(trees.count == 1)
      #expect(tree["application"]?.text == "shop")
      #expect(children.map { $0["label"]?.text } == ["c0", "c1"])
      #expect(tree["hidden"]?["children"] == 2)
      #expect(tree["place"]?["x"] != nil)
    }
  }

  @Test func `boxes of a column do not overlap`() async throws {
    try await withTree(children: 8) { _, model in
      let picture = TreePicture(FoldedTree(model.roots))
      let children = picture.boxes.dropFirst()
      for (one, next) in zip(children, children.dropFirst()) {
        #expect(next.y - one.y >= TreePicture.boxHeight)
      }
      #expect(picture.boxes.allSatisfy { $0.x + $0.width <= picture.width })
      #expect(picture.boxes.allSatisfy { $0.y + TreePicture.boxHeight <= picture.height })
    }
  }

  @Test func `the tree of the past is made by going back from now`() async throws {
    try await withTree(children: 2) { runtime, before in
      let moment = runtime.events.lastNumber
      let first = try #require(before.roots.first?.children.first).process
      runtime.exit(first.pid, .kill)
      await runtime.settle()
      let living = runtime.snapshot.compactMap { runtime.cell(.pid($0.pid))?.identity }
      let later = runtime.events.recent().filter { $0.number > moment }
      #expect(!later.isEmpty)
      let past = PastTree(living: living, undoing: later)
      #expect(past.members.map(\.identity.pid) == before.processes.map(\.pid))
      #expect(past.members.map(\.parent) == [nil, 0, 0])
      #expect(past.members.filter(\.isSupervisor).map(\.identity.title) == ["root"])
      // With nothing to undo, it is the present.
      let present = PastTree(living: living, undoing: [])
      #expect(!present.members.contains { $0.identity.pid == first.pid })
    }
  }

  @Test func `hostile names are harmless in every export`() async throws {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let name = "<script>alert(1)</script>\u{1B}[2J\"\\\n" + String(repeating: "x", count: 10_000)
    let spec = Counter.childSpec(id: "c", label: name) { _ in Counter() }
    _ = try await Supervisor.start(in: runtime, name: "root", children: [spec])
    await runtime.settle()
    let processes = runtime.snapshot
    let roots = TreeModel(processes).roots
    let table = TableExport(processes: processes, titles: Titles(processes))
    for svg in [TreeSVG.draw(TreePicture(FoldedTree(roots))), table.svg] {
      #expect(!svg.contains("<script"))
      #expect(svg.contains("&lt;script&gt;"))
    }
    for text in [table.text, table.dot, TreeView.dot(roots), table.svg] {
      #expect(!text.unicodeScalars.contains { $0.value == 0x1B })
    }
    #expect(try JSONReader.read(TreeView.json(roots).description.utf8) != .null)
  }
}
