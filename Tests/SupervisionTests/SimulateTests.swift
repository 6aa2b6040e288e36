@testable import Processes
import Supervision
import SupervisionTesting
import Testing

@Suite struct SimulateTests {
  /// Two processes race to register a name; who wins depends on the schedule.
  @Sendable static func race(_ runtime: Runtime) async -> Int? {
    for number in 1...2 {
      runtime.spawn(label: "\(number)") { process in
        try? process.runtime.register("winner", process.pid)
        _ = try await process.receive()
      }
    }
    await runtime.settle()
    return runtime.whereis("winner").flatMap { runtime.snapshot(of: $0)?.label }.flatMap { Int($0) }
  }

  @Test func `a body that holds under every schedule passes`() async throws {
    try await simulate(seeds: 0..<100) { runtime in
      let winner = await Self.race(runtime)
      #expect(winner != nil)
    }
  }

  @Test func `an expectation that fails under some schedule is found, and names its seed`()
    async throws
  {
    let comments = Locked([String]())
    let collecting: IssueHandlingTrait = .compactMapIssues { issue in
      comments.withLock { $0 += issue.comments.map(\.rawValue) }
      return nil
    }
    let test = try #require(Test.current)
    try await collecting.provideScope(for: test, testCase: Test.Case.current) {
      try await simulate(seeds: 0..<100) { runtime in
        let winner = await Self.race(runtime)
        #expect(winner == 1)
      }
    }
    let found = comments.withLock { $0 }
    #expect(found.count == 1)
    #expect(found.first?.contains("SIMULATION_SEED=") == true)
  }

  @Test func `an error tells the seed and the last events`() async throws {
    let error = await #expect(throws: SimulationFailure.self) {
      try await simulate(seeds: 0..<100) { runtime in
        if await Self.race(runtime) == 2 { throw ExitReason.custom("two") }
      }
    }
    #expect(error?.error as? ExitReason == .custom("two"))
    #expect("\(error!)".contains("two (seed \(error!.seed); SIMULATION_SEED=\(error!.seed)"))
    #expect("\(error!)".contains("started 2 <0."))
  }
}
