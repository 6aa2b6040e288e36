internal import Processes

// Code of somebody else's, in the server's process.
extension Sys {
  /// Runs `work` in the server's process, between two messages, as if it were a handler of its own.
  ///
  ///     try await counter.sys.run { process in try process.link(other) }
  ///
  /// For faults and experiments: what takes long holds the server up, what never ends hangs it, what
  /// throws ends it as an error that escapes from a handler does.
  ///
  /// Waits until the server has begun with it.
  public func run(
    timeout: Duration? = .seconds(5),
    _ work: @escaping @Sendable (ProcessContext) async throws -> Void
  ) async throws {
    try await ask(timeout) { .run(work, $0) }
  }

  /// Lets the server rest for so long before each message that it handles; nil, no longer.
  ///
  /// It counts as busy meanwhile. What comes through `Sys` is not held up, except by the message whose
  /// turn it is.
  public func setDelay(_ delay: Duration?, timeout: Duration? = .seconds(5)) async throws {
    _ = try await ask(timeout) { .debug(.delay(delay), $0) }
  }
}
