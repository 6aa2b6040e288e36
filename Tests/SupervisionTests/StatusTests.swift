import Supervision
import SupervisionTesting
import Testing

@Suite struct StatusTests {
  @Test func `a status shows what the server's type lets people see`() async throws {
    try await withRuntime { runtime in
      let supervisor = try await Supervisor.start(
        in: runtime,
        children: [Shelf.childSpec(name: "shelf", label: "a shelf") { _ in Shelf() }])
      ServerRef<Shelf.Message>(runtime, name: "shelf").cast(.put("secret", "word"))
      let status = try await runtime.sys(name: "shelf").status()
      #expect(status.state == "1 pairs")
      #expect(status.name == "shelf")
      #expect(status.label == "a shelf")
      #expect(status.role == "Shelf")
      #expect(status.activity == .running)
      #expect(status.parent == supervisor.pid)
      #expect(status.sinks.isEmpty)
      #expect(!status.description.contains("word"))
      try await supervisor.stop()
    }
  }

  @Test func `supervisors show their children`() async throws {
    try await withRuntime { runtime in
      let dynamic = try await DynamicSupervisor.start(in: runtime)
      #expect(try await dynamic.sys.status().state == "one_for_one, no children")
      var pids: [PID] = []
      for _ in 0..<22 {
        pids.append(try await dynamic.startChild(Counter.childSpec { _ in Counter() }))
      }
      let shown = pids.prefix(20).map(\.description).joined(separator: ", ")
      let state = try await dynamic.sys.status().state
      #expect(state == "one_for_one, 22 children: \(shown) and 2 more")
      try await dynamic.stop()
    }
  }
}
