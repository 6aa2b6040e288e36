public import Supervision
public import Testing

/// Gives each test a runtime and a supervisor of its own; see `Trait.supervised`.
public struct SupervisedTrait: TestTrait, SuiteTrait, TestScoping {
  let makeRuntime: @Sendable () -> Runtime
  let leaks: LeakRule

  /// On a suite: for each test in it.
  public var isRecursive: Bool { true }

  public func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let location = test.sourceLocation
    let place = Place(
      fileID: location.fileID, filePath: location.filePath, line: location.line,
      column: location.column)
    try await TestScope(makeRuntime()).run(leaks: leaks, at: place) { _ in try await function() }
  }
}

extension Trait where Self == SupervisedTrait {
  /// Gives the test a runtime of its own, in which `startSupervised` starts processes for it.
  ///
  ///     @Test(.supervised) func `a counter counts`() async throws {
  ///       let counter = try await startSupervised(Counter.self) { _ in Counter() }
  ///       counter.cast(.increment)
  ///       #expect(try await counter.call { .value($0) } == 1)
  ///     }
  ///
  /// When the test ends these are stopped in reverse order; only then does the next test begin. A
  /// process that is alive even then is an issue, by name. `testRuntime` is the runtime. On a suite:
  /// for each test in it.
  ///
  /// - Note: Follows ExUnit's test supervisor.
  public static var supervised: Self { supervised() }

  /// The same with a choice of the runtime, and of what becomes of leaked processes.
  ///
  ///     @Suite(.supervised { Runtime(clock: VirtualClock(isAutoAdvancing: true)) })
  ///
  /// - Parameters:
  ///   - leaks: Whether processes may outlive the test.
  ///   - runtime: Makes each test's runtime.
  public static func supervised(
    leaks: LeakRule = .reported,
    _ runtime: @escaping @Sendable () -> Runtime = { Runtime(workers: 2) }
  ) -> Self {
    Self(makeRuntime: runtime, leaks: leaks)
  }
}
