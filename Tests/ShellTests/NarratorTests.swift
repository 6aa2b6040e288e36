import KVShell
import Supervision
import Testing

@testable import Shell

@Suite struct NarratorTests {
  private struct Idle: GenServer {
    enum Message: Sendable {}
    func handle(_ message: Message, _ process: ProcessContext) -> Next {}
  }

  /// What the restart of all of so many children is told as.
  private func restart(of count: Int) async throws -> (line: String, json: String) {
    let runtime = Runtime()
    defer { runtime.shutdown() }
    let children = (1...count).map { number in
      Idle.childSpec(id: "c\(number)", label: "c\(number)") { _ in Idle() }
    }
    let supervisor = try await Supervisor.start(
      in: runtime, label: "top", children: children, .init(strategy: .oneForAll))
    let failed = try #require(try await supervisor.whichChildren().last?.state.pid)
    runtime.exit(failed, .kill)
    await runtime.settle()
    let event = try #require(
      runtime.events.recent().first { event in
        if case .note(SupervisionNote.restarting) = event.kind { true } else { false }
      })
    let narrator = EventNarrator(application: KVApplication())
    let lines = narrator.narrate([event], style: .plain) { _ in nil }
    return (try #require(lines.first), EventJSON.object(event).description)
  }

  @Test func `a restart names the siblings that have to stop`() async throws {
    let told = try await restart(of: 4)
    #expect(told.line == "↳ top (one_for_all) stops c3, c2, c1")
    #expect(told.json.contains(#""stopping":["c3","c2","c1"],"stopping_count":3"#))
  }

  @Test func `of many siblings a line names twenty, and JSON a hundred`() async throws {
    let told = try await restart(of: 301)
    #expect(told.line.hasSuffix(", c282, c281 and 280 more"))
    #expect(told.json.contains(#""c201"],"stopping_count":300"#))
  }
}
