public import Processes

extension GenServer {
  /// Starts a server that is linked to nobody, and waits until it has initialized.
  ///
  /// - Parameters:
  ///   - name: Registered before the server initializes.
  ///   - label: What the application calls the process, shown beside its PID.
  ///   - timeout: How long initializing may take; nil, forever. A server that takes longer is killed.
  ///   - make: Makes the server's first state, inside the new process.
  /// - Throws: `StartError`; `ProcessEnded` when the process that starts it is ended meanwhile.
  /// - Note: Follows OTP's `gen_server:start/4`.
  public static func start(
    in runtime: Runtime, name: String? = nil, label: String? = nil, timeout: Duration? = nil,
    _ make: @escaping @Sendable (ProcessContext) async throws -> Self
  ) async throws -> ServerRef<Message> {
    try await ServerStart(runtime, name: name, label: label, timeout: timeout).run(make)
  }

  /// Starts a server that is linked to the process `starter`, which becomes its parent.
  ///
  /// - Note: Follows OTP's `gen_server:start_link/4`.
  public static func startLinked(
    by starter: ProcessContext, name: String? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ make: @escaping @Sendable (ProcessContext) async throws -> Self
  ) async throws -> ServerRef<Message> {
    var start = ServerStart(starter.runtime, name: name, label: label, timeout: timeout)
    start.options.isLinked = true
    return try await start.run(make)
  }
}

/// Starting a server of any kind: what `GenServer`, `Agent` and the supervisors share.
struct ServerStart {
  let runtime: Runtime
  var options = SpawnOptions()
  var timeout: Duration?

  init(_ runtime: Runtime, name: String?, label: String?, timeout: Duration?) {
    self.runtime = runtime
    self.timeout = timeout
    options.name = name
    options.label = label
    options.kind = .server
    options.announcesItself = true
  }

  func run<Server: GenServer>(
    _ make: @escaping @Sendable (ProcessContext) async throws -> Server
  ) async throws -> ServerRef<Server.Message> {
    var options = options
    if options.role == nil { options.role = String(describing: Server.self) }
    let starter = Runtime.current
    if let starter, starter.isEnded { throw ProcessEnded() }

    let started = Pending<StartOutcome>(owner: starter)
    let cell: ProcessCell
    do {
      cell = try runtime.spawn(
        options, body: ServerBody(started: started, make: make), parent: starter)
    } catch {
      guard case .nameTaken(_, let holder) = error else { throw error }
      throw StartError.alreadyStarted(holder)
    }
    // Its death before it has initialized is an answer, too.
    guard cell.addCaller(started) else { throw StartError.failed(.killed) }
    let timer = timeout.map { timeout in
      runtime.timers.schedule(after: timeout) { started.resolve(.timedOut) }
    }
    let outcome = await started.wait()
    if let timer { runtime.timers.cancel(timer) }
    cell.forget(caller: started)
    switch outcome {
    case .value(.ok): return ServerRef(runtime, pid: cell.pid)
    case .value(.ignored): throw StartError.ignored
    case .value(.failed(let reason)), .failed(let reason): throw StartError.failed(reason)
    case .timedOut:
      runtime.unlinkAndKill(cell, starter: starter)
      throw StartError.failed(.timeout)
    case .ownerEnded: throw ProcessEnded()
    }
  }
}
