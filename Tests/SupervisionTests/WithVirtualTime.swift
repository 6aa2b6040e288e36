import Supervision

/// Runs `body` with a runtime whose time jumps whenever only time could make something happen.
func withVirtualTime<Value>(_ body: (Runtime) async throws -> Value) async rethrows -> Value {
  var configuration = Runtime.Configuration()
  configuration.workers = 2
  let runtime = Runtime(configuration, clock: VirtualClock(isAutoAdvancing: true))
  defer { runtime.shutdown() }
  return try await body(runtime)
}
