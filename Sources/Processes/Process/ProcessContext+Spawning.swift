/// Spawning by a process: each function in two forms, for a body with `async` and for one without, which needs no task
/// and costs half (`Runtime.spawn`). Two, since a closure without `async` that is passed as one with it cannot be told
/// from that any more.
extension ProcessContext {
  /// Starts a process that is linked to nobody.
  @discardableResult
  public func spawn(
    label: String? = nil, isTrappingExits: Bool = false,
    _ body: consuming @escaping @Sendable (ProcessContext) async throws -> Void
  ) -> PID {
    runtime.spawn(label: label, isTrappingExits: isTrappingExits, body)
  }

  @discardableResult
  public func spawn(
    label: String? = nil, isTrappingExits: Bool = false,
    _ body: consuming @escaping @Sendable (ProcessContext) throws -> Void
  ) -> PID {
    runtime.spawn(label: label, isTrappingExits: isTrappingExits, body)
  }

  /// The same where an `await` is possible: whoever spawns one process after the other lets these have their turn
  /// now and then, rather than keep its worker from them, as the BEAM sees to by interrupting.
  @discardableResult @inlinable @inline(__always)
  public func spawn(
    label: String? = nil, isTrappingExits: Bool = false,
    _ body: consuming @escaping @Sendable (ProcessContext) async throws -> Void
  ) async -> PID {
    let pid = runtime.spawn(label: label, isTrappingExits: isTrappingExits, body)
    if cell.countStep() { await _Concurrency.Task.yield() }
    return pid
  }

  @discardableResult @inlinable @inline(__always)
  public func spawn(
    label: String? = nil, isTrappingExits: Bool = false,
    _ body: consuming @escaping @Sendable (ProcessContext) throws -> Void
  ) async -> PID {
    let pid = runtime.spawn(label: label, isTrappingExits: isTrappingExits, body)
    if cell.countStep() { await _Concurrency.Task.yield() }
    return pid
  }

  /// Starts a process that shares this one's fate: see `link`.
  @discardableResult
  public func spawnLinked(
    label: String? = nil, isTrappingExits: Bool = false,
    _ body: consuming @escaping @Sendable (ProcessContext) async throws -> Void
  ) -> PID {
    spawnLinked(SpawnOptions(label: label, isTrappingExits: isTrappingExits), .function(body))
  }

  @discardableResult
  public func spawnLinked(
    label: String? = nil, isTrappingExits: Bool = false,
    _ body: consuming @escaping @Sendable (ProcessContext) throws -> Void
  ) -> PID {
    spawnLinked(SpawnOptions(label: label, isTrappingExits: isTrappingExits), .directFunction(body))
  }

  /// Starts a process and monitors it, and with `isLinked` also shares its fate; no end of it can be
  /// missed in between.
  public func spawnMonitored(
    label: String? = nil, isTrappingExits: Bool = false, isLinked: Bool = false,
    _ body: consuming @escaping @Sendable (ProcessContext) async throws -> Void
  ) -> (pid: PID, monitor: MonitorRef) {
    var options = SpawnOptions(label: label, isTrappingExits: isTrappingExits)
    options.isLinked = isLinked
    return spawnMonitored(options, .function(body))
  }

  public func spawnMonitored(
    label: String? = nil, isTrappingExits: Bool = false, isLinked: Bool = false,
    _ body: consuming @escaping @Sendable (ProcessContext) throws -> Void
  ) -> (pid: PID, monitor: MonitorRef) {
    var options = SpawnOptions(label: label, isTrappingExits: isTrappingExits)
    options.isLinked = isLinked
    return spawnMonitored(options, .directFunction(body))
  }

  private func spawnLinked(_ options: consuming SpawnOptions, _ code: consuming ProcessCode) -> PID
  {
    options.isLinked = true
    return runtime.spawn(options, code, parent: cell).pid
  }

  private func spawnMonitored(
    _ options: consuming SpawnOptions, _ code: consuming ProcessCode
  ) -> (pid: PID, monitor: MonitorRef) {
    let ref = runtime.nextMonitor()
    options.monitor = (cell, ref)
    return (runtime.spawn(options, code, parent: cell).pid, ref)
  }
}
