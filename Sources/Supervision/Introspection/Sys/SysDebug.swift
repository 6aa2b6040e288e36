internal import Processes

// Being told what a server does.
extension Sys {
  /// Hands what the server does to `sink`, event by event, from its next message on.
  ///
  ///     try await counter.sys.trace(limit: 100) { print($0) }
  ///
  /// - Parameters:
  ///   - limit: After how many events the sink is removed; nil, never.
  ///   - sink: See `install`.
  /// - Returns: False when the server was traced already; then nothing has changed.
  /// - Note: Follows OTP's `sys:trace/3`, with a sink in place of the terminal.
  @discardableResult
  public func trace(
    limit: Int? = nil, timeout: Duration? = .seconds(5), to sink: @escaping DebugSink
  ) async throws -> Bool {
    try await install("trace", limit: limit, timeout: timeout, sink)
  }

  /// Ends what `trace` began.
  ///
  /// - Returns: False when the server was not traced (any more).
  @discardableResult
  public func stopTracing(timeout: Duration? = .seconds(5)) async throws -> Bool {
    try await remove("trace", timeout: timeout)
  }

  /// Hands what the server does to `sink`, under a name of its own, so that several can listen.
  ///
  /// - Parameters:
  ///   - limit: After how many events the sink is removed; nil, never.
  ///   - sink: Called in the server's process, which goes on only when it returns. One that throws is
  ///     removed.
  /// - Returns: False when there is a sink of that name already; then nothing has changed.
  /// - Note: Follows OTP's `sys:install/3`.
  @discardableResult
  public func install(
    _ id: String, limit: Int? = nil, timeout: Duration? = .seconds(5),
    _ sink: @escaping DebugSink
  ) async throws -> Bool {
    try await ask(timeout) { .debug(.install(id, limit: limit, sink), $0) }
  }

  /// Removes a sink.
  ///
  /// - Returns: False when there was none of that name (any more).
  /// - Note: Follows OTP's `sys:remove/3`.
  @discardableResult
  public func remove(_ id: String, timeout: Duration? = .seconds(5)) async throws -> Bool {
    try await ask(timeout) { .debug(.remove(id), $0) }
  }

  /// Removes all sinks, the log and the statistics.
  ///
  /// - Note: Follows OTP's `sys:no_debug/2`.
  public func stopDebugging(timeout: Duration? = .seconds(5)) async throws {
    _ = try await ask(timeout) { .debug(.removeAll, $0) }
  }
}

// MARK: The log

extension Sys {
  /// Begins to remember the newest events of the server; `log` and `status` show them.
  ///
  /// - Parameter limit: How many.
  /// - Note: Follows OTP's `sys:log/3`.
  public func startLogging(limit: Int = 10, timeout: Duration? = .seconds(5)) async throws {
    _ = try await ask(timeout) { .debug(.startLog(limit: limit), $0) }
  }

  /// Forgets the remembered events, and remembers no more.
  public func stopLogging(timeout: Duration? = .seconds(5)) async throws {
    _ = try await ask(timeout) { .debug(.stopLog, $0) }
  }

  /// The remembered events, oldest first; empty when none are remembered.
  public func log(timeout: Duration? = .seconds(5)) async throws -> [DebugEvent] {
    try await ask(timeout) { .log($0) }
  }
}

// MARK: Statistics

extension Sys {
  /// Begins to count the server's messages. Nothing happens when they are counted already.
  ///
  /// - Note: Follows OTP's `sys:statistics/3`.
  public func startStatistics(timeout: Duration? = .seconds(5)) async throws {
    _ = try await ask(timeout) { .debug(.startStatistics, $0) }
  }

  /// Ends the counting, and forgets what was counted.
  public func stopStatistics(timeout: Duration? = .seconds(5)) async throws {
    _ = try await ask(timeout) { .debug(.stopStatistics, $0) }
  }

  /// What was counted since `startStatistics`; nil when nothing is being counted.
  public func statistics(timeout: Duration? = .seconds(5)) async throws -> ServerStatistics? {
    try await ask(timeout) { .statistics($0) }
  }
}
