public import Supervision

/// Runs `body` with a runtime of its own, and shuts that down afterwards, whatever happens.
///
///     @Test func `a counter counts`() async throws {
///       try await withRuntime { runtime in
///         let counter = try await startSupervised(Counter.self) { _ in Counter() }
///         counter.cast(.increment)
///         #expect(try await counter.call { .value($0) } == 1)
///       }
///     }
///
/// What `startSupervised` started is stopped before this returns, in reverse order. A process that is
/// alive even then has been forgotten by somebody: an issue names it and fails the test, unless `leaks`
/// allows it or `body` threw, since then the test had no chance to clean up.
///
/// - Parameters:
///   - workers: How many threads run processes.
///   - leaks: Whether processes may outlive `body`.
public func withRuntime<Value>(
  workers: Int = 2, leaks: LeakRule = .reported,
  fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column,
  _ body: (Runtime) async throws -> Value
) async rethrows -> Value {
  try await withRuntime(
    Runtime(workers: workers), leaks: leaks, fileID: fileID, filePath: filePath, line: line,
    column: column, body)
}

/// Runs `body` with this runtime, for example one with a virtual clock, and shuts it down afterwards,
/// whatever happens.
///
///     try await withRuntime(Runtime(clock: VirtualClock(isAutoAdvancing: true))) { runtime in … }
///
/// - Parameter leaks: Whether processes may outlive `body`.
public func withRuntime<Value>(
  _ runtime: Runtime, leaks: LeakRule = .reported,
  fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column,
  _ body: (Runtime) async throws -> Value
) async rethrows -> Value {
  let place = Place(fileID: fileID, filePath: filePath, line: line, column: column)
  return try await TestScope(runtime).run(leaks: leaks, at: place, body)
}
