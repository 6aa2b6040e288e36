import Supervision
import Testing

@testable import Shell

@Suite struct TreeViewTests {
  private struct Idle: GenServer {
    enum Message: Sendable {}
    func handle(_ message: Message, _ process: ProcessContext) -> Next {}
  }

  private func leaf(_ id: String) -> ChildSpec {
    Idle.childSpec(id: id, label: id, restart: .temporary) { _ in Idle() }
  }

  private func roots(_ children: [ChildSpec], in runtime: Runtime) async throws
    -> [TreeModel.Node]
  {
    _ = try await Supervisor.start(in: runtime, label: "top", children: children)
    return TreeModel(runtime.snapshot).roots
  }

  @Test func `branches are drawn under their supervisors`() async throws {
    let runtime = Runtime()
    defer { runtime.shutdown() }
    let inner = Supervisor.childSpec(id: "b", label: "b", children: [leaf("c"), leaf("d")])
    let roots = try await roots([leaf("a"), inner, leaf("e")], in: runtime)
    #expect(
      TreeView(style: .plain).text(roots) == """
        top <0.1.0>  one_for_one
        ├─ a <0.2.0>  temporary
        ├─ b <0.3.0>  one_for_one
        │  ├─ c <0.4.0>  temporary
        │  └─ d <0.5.0>  temporary
        └─ e <0.6.0>  temporary
        """)
  }

  @Test func `of many children some are drawn and the rest is counted`() async throws {
    let runtime = Runtime()
    defer { runtime.shutdown() }
    let roots = try await roots((1...51).map { leaf("\($0)") }, in: runtime)
    let lines = TreeView(style: .plain).text(roots).split(separator: "\n")
    #expect(lines.count == 51)
    #expect(lines.suffix(2) == ["├─ 49 <0.50.0>  temporary", "└─ … and 2 more (`tree --all`)"])
  }

  @Test func `the JSON nests as the tree does, with nobody below a leaf`() async throws {
    let runtime = Runtime()
    defer { runtime.shutdown() }
    let inner = Supervisor.childSpec(id: "b", label: "b", children: [leaf("c"), leaf("d")])
    let roots = try await roots([inner, leaf("e")], in: runtime)
    func nested(_ nodes: [TreeModel.Node]) -> JSONValue {
      .array(
        nodes.map { node in
          guard case .object(let members) = ProcessJSON.object(node.process) else { return .null }
          return .object(members + [("marks", .array([])), ("children", nested(node.children))])
        })
    }
    #expect(TreeView.json(roots).description == nested(roots).description)
    #expect(TreeView.json([]).description == "[]")
  }

  @Test func `a tree is drawn and written however deep it is`() async throws {
    let runtime = Runtime()
    defer { runtime.shutdown() }
    @Sendable func chain(_ length: Int) -> ChildSpec {
      ChildSpec(id: "next", kind: .supervisor) { parent in
        let supervisor = try await Supervisor.startLinked(
          by: parent, children: length > 1 ? [chain(length - 1)] : [])
        return try #require(supervisor.pid)
      }
    }
    let roots = try await roots([chain(2999)], in: runtime)
    let lines = TreeView(style: .plain).text(roots).split(separator: "\n")
    #expect(lines.count == 3000)
    #expect(lines[2] == "   └─ <0.3.0>  one_for_one")
    let json = TreeView.json(roots).description
    #expect(json.hasSuffix(String(repeating: "]}", count: 3000) + "]"))
  }

  @Test func `of a result only what is asked for is made`() {
    let made = Locked([String]())
    let result = CommandResult {
      made.withLock { $0.append("text") }
      return "shown"
    } value: {
      made.withLock { $0.append("value") }
      return .null
    }
    #expect(made.withLock { $0 } == [])
    #expect(result.text == "shown")
    #expect(made.withLock { $0 } == ["text"])
  }
}
