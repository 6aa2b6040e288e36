import Processes
import Testing
import Views

@testable import Observer

@Suite struct CounterTests {
  @Test func `messages are counted once, and the dead take none of them back`() async throws {
    let runtime = Runtime(workers: 2)
    defer { runtime.shutdown() }
    let before = runtime.census.handled
    for _ in 0..<50 {
      let pid = runtime.spawn { process in
        for _ in 0..<4 { _ = try await process.receive(Int.self) }
      }
      for number in 0..<4 { runtime.send(pid, number) }
    }
    // One that is killed with its letters unread: those were never handled.
    let idle = runtime.spawn { process in
      _ = try await process.receive(timeout: nil, where: { _ in nil as Int? })
    }
    for _ in 0..<7 { runtime.send(idle, "unread") }
    await runtime.settle()
    runtime.exit(idle, .kill)
    await runtime.settle()
    #expect(runtime.census.processes == 0)
    #expect(runtime.census.handled - before == 200)
  }

  @Test func `a sample never takes back what the one before it said`() async throws {
    let runtime = Runtime(workers: 2)
    defer { runtime.shutdown() }
    var sampler = Sampler()
    var last: Int64 = 0
    for _ in 0..<200 {
      let pid = runtime.spawn { process in
        _ = try await process.receive(Int.self)
      }
      runtime.send(pid, 1)
      guard case .integer(let messages) = sampler.sample(runtime)["messages"] else {
        Issue.record("no count")
        return
      }
      #expect(messages >= last)
      last = messages
    }
    await runtime.settle()
    #expect(sampler.sample(runtime)["messages"] == 200)
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
