import Processes
import Supervision
import Testing

@testable import Observer

@Suite struct ProcessQueryTests {
  /// A runtime with a hundred processes, of which the one of label 7 has messages waiting.
  private func withProcesses(
    _ body: ([ProcessSnapshot]) throws -> Void
  ) async throws {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    var pids: [PID] = []
    for number in 0..<100 {
      pids.append(
        runtime.spawn(label: "p\(number)") { process in
          _ = try await process.receive(timeout: nil, where: { _ in nil as Int? })
        })
    }
    for _ in 0..<5 { runtime.send(pids[7], "hello") }
    await runtime.settle()
    try body(runtime.snapshot)
  }

  private func labels(_ query: ProcessQuery, _ all: [ProcessSnapshot]) -> [String] {
    query.page(of: all, Titles(all)).processes.map { $0.label ?? "" }
  }

  @Test func `a page is a part of what matches, in order`() async throws {
    try await withProcesses { all in
      var query = try ProcessQuery(["sort": "name", "limit": "3", "offset": "1", "filter": "p1"])
      let page = query.page(of: all, Titles(all))
      #expect(page.total == 100)
      #expect(page.matching == 11)
      #expect(page.processes.map(\.label) == ["p10", "p11", "p12"])
      query.isDescending = true
      query.offset = 0
      #expect(labels(query, all) == ["p19", "p18", "p17"])
    }
  }

  @Test func `equals stay in the order of their PIDs, in both directions`() async throws {
    try await withProcesses { all in
      let up = try ProcessQuery(["sort": "kind", "limit": "100"])
      let down = try ProcessQuery(["sort": "kind", "order": "desc", "limit": "100"])
      #expect(labels(up, all) == (0..<100).map { "p\($0)" })
      #expect(labels(down, all) == labels(up, all))
    }
  }

  @Test func `a filter compares numbers and words, and all of it has to hold`() async throws {
    try await withProcesses { all in
      func matching(_ filter: String) -> Int? {
        try? ProcessQuery(["filter": filter]).page(of: all, Titles(all)).matching
      }
      #expect(matching("mailbox>4") == 1)
      #expect(matching("mailbox=0") == 99)
      #expect(matching("kind=process mailbox<1 p9") == 11)
      #expect(matching("mailbox>x") == 0)
      #expect(matching("nothing") == 0)
      #expect(matching("colour=red") == 0)
      #expect(matching("<0.") == 100)
      #expect(matching("name=P7") == 1)
    }
  }

  @Test func `who has most comes first when numbers fall`() async throws {
    try await withProcesses { all in
      let query = try ProcessQuery(["sort": "mailbox", "order": "desc", "limit": "1"])
      #expect(labels(query, all) == ["p7"])
    }
  }
}
