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
  @inlinable
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ make: @escaping @Sendable (ProcessContext) async throws -> Self
  ) async throws -> ServerRef<Message> {
    try await ServerStart(runtime, name: name, label: label, timeout: timeout)
      .run(make, step: ServerBody<Self>.step)
  }

  /// Starts a server that is linked to the process `starter`, which becomes its parent.
  ///
  /// - Note: Follows OTP's `gen_server:start_link/4`.
  @inlinable
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ make: @escaping @Sendable (ProcessContext) async throws -> Self
  ) async throws -> ServerRef<Message> {
    try await ServerStart(linkedTo: starter, name: name, label: label, timeout: timeout)
      .run(make, step: ServerBody<Self>.step)
  }
}

/// Starting a server of any kind: what `GenServer`, `Agent` and the supervisors share.
@usableFromInline
struct ServerStart {
  let runtime: Runtime
  var options = SpawnOptions()
  var timeout: Duration?

  @usableFromInline
  init(_ runtime: Runtime, name: (any ProcessName)?, label: String?, timeout: Duration?) {
    self.runtime = runtime
    self.timeout = timeout
    options.name = name
    // What has no name in the runtime's own table is known by that of its registry.
    options.label = label ?? (name is String ? nil : name?.description)
    options.kind = .server
    options.announcesItself = true
  }

  @usableFromInline
  init(
    linkedTo starter: ProcessContext, name: (any ProcessName)?, label: String?, timeout: Duration?
  ) {
    self.init(starter.runtime, name: name, label: label, timeout: timeout)
    options.isLinked = true
  }

  @usableFromInline
  var asAgent: ServerStart {
    var start = self
    start.options.kind = .agent
    start.options.role = "Agent"
    return start
  }

  /// - Parameter step: The short way through the body, formed where `Server` is known.
  @usableFromInline
  func run<Server: GenServer>(
    _ make: @escaping @Sendable (ProcessContext) async throws -> Server,
    step: @escaping LetterStep
  ) async throws -> ServerRef<Server.Message> {
    var options = options
    let starter = Runtime.current
    if let starter, starter.isEnded { throw ProcessEnded() }

    let started = Pending<StartOutcome>(runtime, owner: starter)
    // Its death before it has initialized is an answer, too, however early it is.
    options.caller = started.waiter
    if let timeout { runtime.timers.limit(started.waiter, to: timeout) }
    defer { runtime.timers.unlimit(started.waiter) }
    let body = ServerBody(started: started, make: make)
    options.step = step
    let cell: ProcessCell
    do {
      cell = try runtime.spawn(options, body: body, parent: starter)
    } catch {
      guard case .nameTaken(_, let holder) = error else {
        throw StartError.failed(ExitReason(escaping: error))
      }
      throw StartError.alreadyStarted(holder)
    }
    let outcome = await started.wait()
    cell.forget(caller: started.waiter)
    switch outcome {
    case .value(.ok): return ServerRef(runtime, pid: cell.pid)
    case .value(.ignored): throw StartError.ignored
    case .failed(let reason): throw StartError.failed(reason)
    case .timedOut:
      runtime.unlinkAndKill(cell, starter: starter)
      throw StartError.failed(.timeout)
    case .ownerEnded: throw ProcessEnded()
    }
  }
}
