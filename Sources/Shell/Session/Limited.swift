internal import Processes
package import Supervision

extension Session {
  /// Does something that may wait for another process without an end, for so long at most.
  ///
  /// Supervisors are asked without a limit, as in OTP; but one that hangs must not keep a script from
  /// going on. So a process of its own does the waiting, and is killed when it takes too long.
  ///
  /// - Throws: What `body` throws; `timeout`.
  package func limited<Value: Sendable>(
    to limit: Duration = .seconds(5), waitingFor who: PID?,
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let outcome = Locked<Result<Value, any Error>?>(nil)
    let helper = runtime.spawnSilently(label: "question") { _ in
      do {
        let value = try await body()
        outcome.withLock { $0 = .success(value) }
      } catch {
        outcome.withLock { $0 = .failure(error) }
      }
    }
    _ = await runtime.waitForExit(of: helper, timeout: limit)
    if let result = outcome.withLock({ $0 }) { return try result.get() }
    runtime.exit(helper, .kill)
    throw CommandError(
      "timeout",
      "\(who.map(titled) ?? "it") has not answered within \(limit.inWords). `ps` shows who is busy."
    )
  }
}
