import Supervision
import Testing

@testable import Shell

@Suite struct ProcessTableTests {
  private func titles(_ table: ProcessTable) throws -> [String] {
    try Simulation(seed: 1).run { runtime in
      for (name, count) in [("b", 3), ("a", 1), ("c", 3)] {
        let pid = runtime.spawn(label: name) { process in
          _ = try await process.receive(where: { _ in nil as Int? })
        }
        for number in 0..<count { runtime.send(pid, number) }
      }
      await runtime.settle()
      return table.rows(runtime.snapshot).map(\.title)
    }
  }

  @Test func `numbers are sorted from the largest down, texts from the first up, equals by age`()
    throws
  {
    #expect(try titles(ProcessTable()) == ["b", "a", "c"])
    #expect(try titles(ProcessTable(sort: .messages)) == ["b", "c", "a"])
    #expect(try titles(ProcessTable(sort: .name)) == ["a", "b", "c"])
    #expect(try titles(ProcessTable(sort: .name, isReversed: true)) == ["c", "b", "a"])
    #expect(try titles(ProcessTable(sort: .messages, limit: 1)) == ["b"])
  }

  @Test(
    arguments: [
      ("messages=3", ["b", "c"]), ("messages!=3", ["a"]), ("messages>1", ["b", "c"]),
      ("messages>=3", ["b", "c"]), ("messages<3", ["a"]), ("messages<=3", ["b", "a", "c"]),
      ("name=a", ["a"]), ("name!=a", ["b", "c"]), ("name~A", ["a"]),
      ("status=waiting", ["b", "a", "c"]),
      ("kind=agent", []), ("B", ["b"]), ("<0.2.0>", ["a"]), ("pid=<0.2.0>", ["a"]),
      ("name>a", ["b", "c"]),
    ])
  func `a filter keeps what it says`(_ filter: String, _ expected: [String]) throws {
    #expect(try titles(ProcessTable(filters: [ProcessFilter(filter)])) == expected)
  }

  @Test(arguments: ["colour=red", "mailbox>x", "mailbox=", "nme=a"])
  func `a filter that can't mean anything is an error`(_ filter: String) {
    #expect(throws: CommandError.self) { try ProcessFilter(filter) }
  }

  @Test func `a narrow terminal gets fewer columns`() {
    #expect(ProcessTable.columns(width: 40).count == 4)
    #expect(ProcessTable.columns(width: 60).count == 5)
    #expect(ProcessTable.columns(width: 100).count == 6)
    #expect(ProcessTable.columns(width: 200).count == ProcessTable.Column.allCases.count)
  }
}
