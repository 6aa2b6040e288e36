import Supervision
import Testing

@testable import SupervisionTesting

@Suite struct LeakTests {
  /// What the issues said that `body` recorded.
  private func issues(_ body: @Sendable () async throws -> Void) async rethrows -> [String] {
    let comments = Locked([String]())
    try await withKnownIssue(isIntermittent: true) {
      try await body()
    } matching: { issue in
      comments.withLock { $0 += issue.comments.map(\.rawValue) }
      return true
    }
    return comments.withLock { $0 }
  }

  @Sendable private static func forget(_ runtime: Runtime) async throws {
    _ = try await Supervisor.start(
      in: runtime, name: "Forgotten", children: [Agent.childSpec(label: "cart") { 1 }])
  }

  private static let report = """
    2 processes outlived the test. Stop them in it, or start them with startSupervised:
      Forgotten <0.1.0>, a supervisor, idle, no parent
      cart <0.2.0>, an agent, idle, started by Forgotten <0.1.0>
    """

  @Test func `a process that outlives its test fails it, by name`() async throws {
    let issues = try await issues { try await withRuntime { try await Self.forget($0) } }
    #expect(issues == [Self.report])
  }

  @Test func `so it does with the trait`() async throws {
    let test = try #require(Test.current)
    let issues = try await issues {
      try await SupervisedTrait.supervised.provideScope(for: test, testCase: nil) {
        try await Self.forget(try testRuntime)
      }
    }
    #expect(issues == [Self.report])
  }

  @Test func `so it does under a seed's schedule`() async throws {
    let issues = try await issues {
      try await simulate(seeds: 3...3, leaks: .reported) { try await Self.forget($0) }
    }
    // Once by the run that failed, once by its replay.
    #expect(issues == [Self.report, Self.report])
  }

  @Test func `a child that does not stop is named, and the test goes on without it`() async throws {
    let issues = await issues {
      let place = Place(fileID: #fileID, filePath: #filePath, line: #line, column: 1)
      // Nobody moves this clock, so the child's time to stop is never up.
      let scope = TestScope(Runtime(clock: VirtualClock()), patience: .milliseconds(1))
      try? await scope.run(leaks: .reported, at: place) { _ in
        _ = try await startSupervised(Witness.self) { _ in
          Witness(name: "a", log: Locked([]), lingering: .seconds(3600))
        }
      }
      #expect(scope.runtime.processCount == 0)
    }
    let lines = issues.joined().split(separator: "\n")
    #expect(lines.first == "2 processes did not stop in time after the test, or kept busy:")
    #expect(lines.last?.hasPrefix("  Witness <0.2.0>, a server") == true)
  }

  @Test func `a leak that is allowed is none`() async throws {
    try await withRuntime(leaks: .allowed) { try await Self.forget($0) }
    let test = try #require(Test.current)
    try await SupervisedTrait.supervised(leaks: .allowed).provideScope(for: test, testCase: nil) {
      try await Self.forget(try testRuntime)
    }
  }

  @Test func `who is about to finish does not leak`() async throws {
    await withRuntime { runtime in
      for _ in 0..<10 {
        runtime.spawn { process in try await process.sleep(for: .milliseconds(1)) }
      }
    }
  }

  @Test func `an application that was stopped leaves nothing behind`() async throws {
    try await withRuntime { runtime in
      let application = try await Application.start(
        "shop", in: runtime, root: Supervisor.childSpec(children: []))
      await application.stop()
    }
  }
}
