public import Supervision

/// Runs `body` with a runtime of its own, and shuts that down afterwards, whatever happens.
///
///     @Test func `a call gets its answer`() async throws {
///       try await withRuntime { runtime in … }
///     }
///
/// - Parameter workers: How many threads run processes.
public func withRuntime<Value>(
  workers: Int = 2, _ body: (Runtime) async throws -> Value
) async rethrows -> Value {
  let runtime = Runtime(workers: workers)
  defer { runtime.shutdown() }
  return try await body(runtime)
}
