import Processes
import Testing

@testable import Observer

@Suite struct CounterTests {
  private func entries(_ pairs: [(UInt64, Int)]) -> [Census.Entry] {
    pairs.map { Census.Entry(serial: $0.0, handled: $0.1) }
  }

  @Test func `messages are counted once, and the dead take none of them back`() {
    var counter = MessageCounter()
    counter.note(entries([(1, 10), (2, 5)]))
    #expect(counter.total == 15)
    counter.note(entries([(1, 12), (2, 5), (3, 4)]))
    #expect(counter.total == 21)
    counter.note(entries([(3, 4)]))
    #expect(counter.total == 21)
    counter.note(entries([(2, 1), (3, 9), (4, 1)]))
    #expect(counter.total == 28)
    counter.note([])
    #expect(counter.total == 28)
  }

  @Test func `a census counts kinds, who has work, and what waits`() async throws {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let pid = runtime.spawn { process in
      _ = try await process.receive(timeout: nil, where: { _ in nil as Int? })
    }
    _ = runtime.spawnSilently(label: "house") { process in
      _ = try await process.receive(timeout: nil, where: { _ in nil as Int? })
    }
    for _ in 0..<3 { runtime.send(pid, 1) }
    await runtime.settle()
    let census = runtime.census
    #expect(census.kinds == [.process: 1])
    #expect(census.processes == 1)
    #expect(census.entries.count == 2)
    #expect(census.inMailboxes == 3)
    #expect(census.longestMailbox == 3)
    #expect(census.runnable == 0)
  }

  @Test func `a worker's clock is read off a line of the system's`() throws {
    let line = "4711 (worker-2) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0"
    let clock = try #require(WorkerClocks.parse(line))
    #expect(clock.name == "worker-2")
    #expect(clock.seconds > 0)
    #expect(WorkerClocks.parse("12 (watch) S 1 2 3 4 5 6 7 8 9 10 150 50") == nil)
    #expect(WorkerClocks.parse("12 (worker-1") == nil)
    #expect(WorkerClocks.parse("12 (worker-1) S 1") == nil)
  }
}
