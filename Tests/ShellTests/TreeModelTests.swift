import Supervision
import Testing

@testable import Shell

@Suite struct TreeModelTests {
  /// A child that outlives its supervisor: it traps exits and takes no notice.
  private static let stubborn = ChildSpec(id: "stubborn") { supervisor in
    supervisor.spawnLinked(label: "stubborn", isTrappingExits: true) { process in
      while true { _ = try await process.receive() }
    }
  }

  @Test func `who outlives its supervisor stands at the top, unsupervised`() throws {
    try Simulation(seed: 1).run { runtime in
      let supervisor = try await Supervisor.start(
        in: runtime, name: "root", children: [Self.stubborn])
      let before = TreeModel(runtime.snapshot)
      #expect(before.roots.map(\.process.title) == ["root"])
      #expect(before.roots.first?.children.map(\.process.title) == ["stubborn"])
      #expect(before.roots.first?.children.first?.marks == [])

      runtime.exit(try #require(supervisor.pid), .kill)
      await runtime.settle()
      let after = TreeModel(runtime.snapshot)
      #expect(after.roots.map(\.process.title) == ["stubborn"])
      #expect(after.roots.first?.marks == [.unsupervised])
    }
  }

  @Test func `who is only linked to its starter stands below it, unsupervised`() throws {
    try Simulation(seed: 1).run { runtime in
      let spec = ChildSpec(id: "starter") { supervisor in
        supervisor.spawnLinked(label: "starter") { process in
          process.spawnLinked(label: "helper") { process in _ = try await process.receive() }
          _ = try await process.receive()
        }
      }
      _ = try await Supervisor.start(in: runtime, name: "root", children: [spec])
      await runtime.settle()
      let starter = TreeModel(runtime.snapshot).roots.first?.children.first
      #expect(starter?.process.title == "starter")
      #expect(starter?.marks == [])
      #expect(starter?.children.map(\.process.title) == ["helper"])
      #expect(starter?.children.first?.marks == [.unsupervised])
    }
  }

  @Test func `an orphan is who the application says is one`() throws {
    try Simulation(seed: 1).run { runtime in
      _ = try await Supervisor.start(in: runtime, name: "root", children: [Self.stubborn])
      let processes = runtime.snapshot
      let pid = try #require(processes.first { $0.label == "stubborn" }?.pid)
      let model = TreeModel(processes, orphans: [pid])
      #expect(model.subtree(pid)?.marks == [.orphan])
    }
  }

  @Test func `of many children the first and the remarkable are drawn, and the rest counted`()
    throws
  {
    try Simulation(seed: 1).run { runtime in
      let children = (1...100).map { number in
        ChildSpec(id: "\(number)") { supervisor in
          supervisor.spawnLinked(label: "child \(number)") { process in
            _ = try await process.receive()
          }
        }
      }
      _ = try await Supervisor.start(in: runtime, name: "root", children: children)
      await runtime.settle()
      let processes = runtime.snapshot
      let last = try #require(processes.first { $0.label == "child 100" }?.pid)
      var view = TreeView(style: .plain, foldingLimit: 4)
      let model = TreeModel(processes, orphans: [last])
      let lines = view.text(model.roots).split(separator: "\n")
      #expect(lines.count == 5)
      #expect(lines[1].hasPrefix("├─ child 1 "))
      #expect(lines[2].hasPrefix("├─ child 2 "))
      #expect(lines[3].hasPrefix("├─ child 100 "))
      #expect(lines[4] == "└─ … and 97 more (`tree --all`)")
      view.foldingLimit = nil
      #expect(view.text(model.roots).split(separator: "\n").count == 101)
      #expect(view.text(model.roots).contains("└─ child 100"))
    }
  }

  @Test func `names are quoted for Graphviz`() throws {
    try Simulation(seed: 1).run { runtime in
      _ = try await Supervisor.start(in: runtime, name: #"a "b" \ c"#, children: [])
      let dot = TreeView.dot(TreeModel(runtime.snapshot).roots)
      #expect(dot.contains(#"[label="a \"b\" \\ c\n<0."#))
    }
  }
}
