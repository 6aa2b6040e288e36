import Testing

@testable import Processes

@Suite struct EventWaitingTests {
  @Test func `whoever waits for an event is told of the next`() throws {
    for seed in 0..<20 as Range<UInt64> {
      let (seen, last) = try Simulation(seed: seed).run { runtime in
        let seen = Locked(false)
        let last = runtime.events.lastNumber
        let watcher = runtime.spawnSilently(label: "watcher") { _ in
          let came = try await runtime.waitForEvent(after: last)
          seen.withLock { $0 = came }
        }
        runtime.spawn { _ in }
        _ = await runtime.waitForExit(of: watcher)
        return (seen.withLock { $0 }, runtime.events.lastNumber)
      }
      #expect(seen)
      #expect(last >= 1)
    }
  }

  @Test func `an event that is there already is not waited for, and none is a timeout`() throws {
    try Simulation(seed: 1).run { runtime in
      runtime.spawn { _ in }
      await runtime.settle()
      let isThere = try await runtime.waitForEvent(after: 0, timeout: .zero)
      #expect(isThere)
      let last = runtime.events.lastNumber
      let came = try await runtime.waitForEvent(after: last, timeout: .seconds(3))
      #expect(!came)
      #expect(runtime.now == .seconds(3))
    }
  }

  @Test func `who is killed while waiting unwinds`() throws {
    try Simulation(seed: 1).run { runtime in
      let watcher = runtime.spawnSilently(label: "watcher") { _ in
        _ = try await runtime.waitForEvent(after: 1_000_000)
      }
      await runtime.settle()
      runtime.exit(watcher, .kill)
      #expect(await runtime.waitForExit(of: watcher, timeout: .seconds(1)) == .noProcess)
    }
  }
}
