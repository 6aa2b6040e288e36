import SupervisionTesting
import Testing

@testable import Supervision

@Suite struct SupervisionTreeTests {
  /// A chain of supervisors, each the only child of the one before.
  private static func chain(_ length: Int) -> ChildSpec {
    ChildSpec(id: "next", kind: .supervisor) { parent in
      let supervisor = try await Supervisor.startLinked(
        by: parent, children: length > 1 ? [chain(length - 1)] : [], .init(strategy: .oneForAll))
      return try #require(supervisor.pid)
    }
  }

  /// One process on each level, all the way down.
  private func depth(_ tree: SupervisionTree) -> Int {
    var depth = 0
    var level = tree.roots
    while level.count == 1 {
      depth += 1
      level = level[0].children
    }
    return depth
  }

  @Test(arguments: [1000, 5000])
  func `supervisors nested deep start, are seen, restart and stop`(count: Int) async throws {
    let runtime = Runtime()
    defer { runtime.shutdown() }
    let top = try await Supervisor.start(in: runtime, children: [Self.chain(count - 1)])
    let tree = SupervisionTree(of: runtime)
    #expect(depth(tree) == count)
    #expect(tree.roots.first?.descendantCount == count - 1)

    let second = try #require(tree.roots.first?.children.first?.process.pid)
    runtime.exit(second, .kill)
    await runtime.settle()
    let healed = SupervisionTree(of: runtime)
    #expect(depth(healed) == count)
    #expect(healed.subtree(second) == nil)

    try await top.stop()
    #expect(runtime.processCount == 0)
  }

  @Test func `children stand in the order of starting, everybody below their supervisor`()
    async throws
  {
    let runtime = Runtime()
    defer { runtime.shutdown() }
    func leaf(_ id: String) -> ChildSpec {
      Counter.childSpec(id: id, label: id) { _ in Counter() }
    }
    let inner = Supervisor.childSpec(id: "b", label: "b", children: [leaf("c"), leaf("d")])
    let top = try await Supervisor.start(
      in: runtime, label: "top", children: [leaf("a"), inner, leaf("e")])
    let other = try await Supervisor.start(in: runtime, label: "other", children: [leaf("f")])

    let tree = SupervisionTree(of: runtime)
    #expect(tree.roots.map(\.process.label) == ["top", "other"])
    #expect(tree.roots[0].children.map(\.process.label) == ["a", "b", "e"])
    #expect(tree.roots[0].children.map(\.descendantCount) == [0, 2, 0])
    #expect(tree.roots[0].children[1].children.map(\.process.label) == ["c", "d"])
    let found = tree.subtree(try #require(other.pid))
    #expect(found?.children.map(\.process.label) == ["f"])
    try await top.stop()
    try await other.stop()
  }
}
