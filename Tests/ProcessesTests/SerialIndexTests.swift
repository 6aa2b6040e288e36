import Synchronization
import Testing

@testable import Processes

@Suite struct SerialIndexTests {
  private func idle(_ runtime: Runtime) -> PID {
    runtime.spawn { process in _ = try await process.receive() }
  }

  @Test func `looking up thousands of printed PIDs searches the table once`() async {
    let runtime = Runtime()
    defer { runtime.shutdown() }
    let pids = (0..<3000).map { _ in idle(runtime) }
    await runtime.settle()
    for pid in pids { #expect(runtime.pid(pid.description) == pid) }
    #expect(runtime.pid("<0.999999.0>") == nil)
    #expect(runtime.processes.searches.load(ordering: .relaxed) == 1)
  }

  @Test func `processes that start later are found, and the dead are not`() async {
    let runtime = Runtime()
    defer { runtime.shutdown() }
    var pids = (0..<2000).map { _ in idle(runtime) }
    await runtime.settle()
    for round in 0..<3000 {
      #expect(runtime.pid(pids[round % 2000].description) == pids[round % 2000])
      runtime.exit(pids[round % 2000], .kill)
      #expect(runtime.pid(pids[round % 2000].description) == nil)
      pids[round % 2000] = idle(runtime)
    }
    await runtime.settle()
    for pid in pids { #expect(runtime.pid(pid.description) == pid) }
    // 3000 started among 2000: fewer than the index takes.
    #expect(runtime.processes.searches.load(ordering: .relaxed) == 1)
  }

  @Test func `an index is given up when new processes outnumber those it began with`() {
    var index = SerialIndex()
    let isKeptWhileCollecting = index.note(1, at: 7)
    #expect(isKeptWhileCollecting)
    index.complete(with: [1: 3, 2: 4])
    #expect(index[1] == 7 && index[2] == 4 && index[3] == nil)
    var notes = 0
    while index.note(UInt64(100 + notes), at: 0) { notes += 1 }
    #expect(notes == 1026)
  }
}
