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
    _ make: @escaping @Sendable (ProcessContext) throws -> Self
  ) async throws -> ServerRef<Message> {
    try await ServerStart(runtime, name: name, label: label, timeout: timeout).run(.now(make))
  }

  /// The same with a `make` that waits for others.
  @_disfavoredOverload
  @inlinable
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ make: @escaping @Sendable (ProcessContext) async throws -> Self
  ) async throws -> ServerRef<Message> {
    try await ServerStart(runtime, name: name, label: label, timeout: timeout).run(.waiting(make))
  }

  /// Starts a server that is linked to the process `starter`, which becomes its parent.
  ///
  /// - Note: Follows OTP's `gen_server:start_link/4`.
  @inlinable
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ make: @escaping @Sendable (ProcessContext) throws -> Self
  ) async throws -> ServerRef<Message> {
    try await ServerStart(linkedTo: starter, name: name, label: label, timeout: timeout)
      .run(.now(make))
  }

  /// The same with a `make` that waits for others.
  @_disfavoredOverload
  @inlinable
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ make: @escaping @Sendable (ProcessContext) async throws -> Self
  ) async throws -> ServerRef<Message> {
    try await ServerStart(linkedTo: starter, name: name, label: label, timeout: timeout)
      .run(.waiting(make))
  }
}

/// Starting a server of any kind: what `GenServer`, `Agent` and the supervisors share.
@usableFromInline
struct ServerStart: ~Copyable {
  @usableFromInline let runtime: Runtime
  var options: SpawnOptions
  let timeout: Duration?

  init(_ runtime: Runtime, _ options: consuming SpawnOptions, timeout: Duration?) {
    self.runtime = runtime
    self.options = options
    self.timeout = timeout
  }

  @usableFromInline
  init(_ runtime: Runtime, name: (any ProcessName)?, label: String?, timeout: Duration?) {
    self.init(
      runtime, SpawnOptions(server: label, under: StartName(ifAny: name)), timeout: timeout)
  }

  /// - Parameter place: What the server is to be among the children of a supervisor; nil where it is none, or the
  ///   supervisor's process has been told.
  @usableFromInline
  init(
    linkedTo starter: ProcessContext, as place: ChildPlace? = nil, under name: StartName?,
    label: String?, timeout: Duration? = nil
  ) {
    self.init(
      starter.runtime, SpawnOptions(server: label, under: name, isLinked: true, as: place),
      timeout: timeout)
  }

  @usableFromInline
  init(
    linkedTo starter: ProcessContext, name: (any ProcessName)?, label: String?, timeout: Duration?
  ) {
    self.init(
      linkedTo: starter, under: StartName(ifAny: name), label: label, timeout: timeout)
  }

  @usableFromInline
  consuming func asAgent() -> ServerStart {
    options.kind = .agent
    return self
  }

  /// Starts a server, and waits until it has initialized.
  @inlinable
  consuming func run<Server: GenServer>(
    _ make: Making<Server>
  ) async throws -> ServerRef<Server.Message> {
    if case .now(let make) = make, let server = try runNow(make) { return server }
    return try await runInTurn(make, ServerBody<Server>.step)
  }

  /// Starts a server on the stack of the calling process.
  ///
  /// - Returns: Nil where it has to begin in a turn of its own; then nothing has been done.
  @inlinable
  func runNow<Server: GenServer>(
    _ make: (ProcessContext) throws -> Server
  ) throws -> ServerRef<Server.Message>? {
    guard KnownServers.beginsAtOnce(Server.self), let starter = starterThatBeginsAtOnce else {
      return nil
    }
    let body = ServerBody<Server>()
    let pid = try beginAtOnce(body, ServerBody<Server>.step, for: starter) { cell in
      body.begin(make, cell)
    }
    return ServerRef(runtime, pid: pid)
  }

  /// The calling process, when what it starts may begin on its stack.
  ///
  /// With a limit it may not: nobody could look at the clock meanwhile.
  @usableFromInline
  var starterThatBeginsAtOnce: ProcessCell? {
    guard timeout == nil, let starter = Runtime.current, runtime.mayBeginAtOnce(for: starter)
    else { return nil }
    return starter
  }

  @usableFromInline
  func beginAtOnce(
    _ body: any ProcessBody, _ step: @escaping LetterStep, for starter: ProcessCell,
    _ begin: (Unmanaged<ProcessCell>) -> Beginning
  ) throws -> PID {
    if starter.isEnded { throw ProcessEnded() }
    let (cell, beginning) = try naming { () throws(RegistrationError) in
      try runtime.spawnAtOnce(options, body: body, step, parent: starter, begin)
    }
    // Linked to what has failed, it may have died of it.
    if starter.isEnded { throw ProcessEnded() }
    switch beginning {
    case .begun, .unfinished: return cell.pid
    case .ignored: throw StartError.ignored
    case .failed(let reason): throw StartError.failed(reason)
    case nil: throw StartError.failed(cell.endReason ?? .killed)
    }
  }

  /// Says as a start's error that a name is taken.
  private func naming<Result>(
    _ spawn: () throws(RegistrationError) -> Result
  ) throws(StartError) -> Result {
    do {
      return try spawn()
    } catch {
      guard case .nameTaken(_, let holder) = error else {
        throw .failed(ExitReason(escaping: error))
      }
      throw .alreadyStarted(holder)
    }
  }

  /// - Parameter step: The short way through the body, formed where `Server` is known.
  @usableFromInline
  consuming func runInTurn<Server: GenServer>(
    _ make: Making<Server>, _ step: @escaping LetterStep
  ) async throws -> ServerRef<Server.Message> {
    let starter = Runtime.current
    if let starter, starter.isEnded { throw ProcessEnded() }

    let started = Pending<StartOutcome>(runtime, owner: starter)
    // Its death before it has initialized is an answer, too, however early it is.
    options.caller = started.waiter
    if let timeout { runtime.timers.limit(started.waiter, to: timeout) }
    defer { runtime.timers.unlimit(started.waiter) }
    let body = ServerBody(make, started: started)
    let cell = try naming { () throws(RegistrationError) in
      try runtime.spawn(options, body: body, step, parent: starter)
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
