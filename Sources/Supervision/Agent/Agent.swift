public import Processes

/// A process that keeps a state, and functions that are run on it there.
///
/// Differs from `GenServer` in having no messages of its own: whoever holds the agent brings the
/// function. Each runs alone, in the agent's process; one that waits keeps the others waiting.
///
///     let cart = try await Agent.start(in: runtime) { [String: Int]() }
///     try await cart.update { $0["eggs"] = 3 }
///     let eggs = try await cart.get { $0["eggs"] }   // 3
///     try await cart.stop()
///
/// Under a name it is found again, also after a restart:
///
///     _ = try await Agent.start(in: runtime, name: "cart") { [String: Int]() }
///     let cart = Agent<[String: Int]>(runtime, name: "cart")
///
/// A function that throws ends the agent: the error becomes its exit reason, and the caller's call
/// fails with that.
///
/// - Note: Follows Elixir's `Agent`.
public struct Agent<State>: Sendable {
  /// The agent's process.
  public let ref: ServerRef<AgentMessage<State>>

  /// A handle on the agent that runs as `pid`.
  public init(_ runtime: Runtime, pid: PID) {
    ref = ServerRef(runtime, pid: pid)
  }

  /// A handle on whoever bears `name` when it is used.
  public init(_ runtime: Runtime, name: any ProcessName) {
    ref = ServerRef(runtime, name: name)
  }

  /// A handle on a process or a name.
  public init(_ runtime: Runtime, _ destination: Destination) {
    ref = ServerRef(runtime, destination)
  }

  @usableFromInline
  init(_ ref: ServerRef<AgentMessage<State>>) {
    self.ref = ref
  }

  /// The agent's process; nil for a name that nobody bears.
  public var pid: PID? { ref.pid }

  /// Starts an agent that is linked to nobody; `initial` makes its state, inside the new process.
  ///
  /// - Parameter timeout: How long `initial` may take; nil, forever.
  /// - Throws: `StartError`, with what `initial` threw as reason, or when the name is taken.
  @inlinable
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable (ProcessContext) throws -> State
  ) async throws -> Self {
    try await run(
      ServerStart(runtime, name: name, label: label, timeout: timeout),
      .now { process in AgentServer(state: try initial(process)) })
  }

  /// The same with an `initial` that needs nothing of the new process.
  @inlinable
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable () throws -> State
  ) async throws -> Self {
    try await run(
      ServerStart(runtime, name: name, label: label, timeout: timeout),
      .now { _ in AgentServer(state: try initial()) })
  }

  /// The same with an `initial` that waits for others.
  @_disfavoredOverload
  @inlinable
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable (ProcessContext) async throws -> State
  ) async throws -> Self {
    try await run(
      ServerStart(runtime, name: name, label: label, timeout: timeout),
      .waiting { process in AgentServer(state: try await initial(process)) })
  }

  /// The same with an `initial` that waits for others and needs nothing of the new process.
  @_disfavoredOverload
  @inlinable
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable () async throws -> State
  ) async throws -> Self {
    try await run(
      ServerStart(runtime, name: name, label: label, timeout: timeout),
      .waiting { _ in AgentServer(state: try await initial()) })
  }

  /// Starts an agent that is linked to the process `starter`.
  @inlinable
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable (ProcessContext) throws -> State
  ) async throws -> Self {
    try await run(
      ServerStart(linkedTo: starter, name: name, label: label, timeout: timeout),
      .now { process in AgentServer(state: try initial(process)) })
  }

  /// The same with an `initial` that needs nothing of the new process.
  @inlinable
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable () throws -> State
  ) async throws -> Self {
    try await run(
      ServerStart(linkedTo: starter, name: name, label: label, timeout: timeout),
      .now { _ in AgentServer(state: try initial()) })
  }

  /// The same with an `initial` that waits for others.
  @_disfavoredOverload
  @inlinable
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable (ProcessContext) async throws -> State
  ) async throws -> Self {
    try await run(
      ServerStart(linkedTo: starter, name: name, label: label, timeout: timeout),
      .waiting { process in AgentServer(state: try await initial(process)) })
  }

  /// The same with an `initial` that waits for others and needs nothing of the new process.
  @_disfavoredOverload
  @inlinable
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable () async throws -> State
  ) async throws -> Self {
    try await run(
      ServerStart(linkedTo: starter, name: name, label: label, timeout: timeout),
      .waiting { _ in AgentServer(state: try await initial()) })
  }

  @inlinable
  static func run(
    _ start: consuming ServerStart, _ making: Making<AgentServer<State>>
  ) async throws -> Self {
    Self(try await start.asAgent().run(making))
  }

  /// What `read` makes of the state.
  ///
  /// - Parameter timeout: How long to wait; nil, forever. A function that has begun goes on after it.
  /// - Throws: `CallError`, in which the agent's exit reason is what `read` threw.
  @inlinable
  public func get<Value: Sendable>(
    timeout: Duration? = .seconds(5), _ read: @escaping @Sendable (State) throws -> Value
  ) async throws -> Value {
    try await ref.call(timeout: timeout) { reply in
      AgentMessage(run: .now { state in reply(try read(state)) })
    }
  }

  /// The same with a `read` that waits for others; the agent waits with it.
  @_disfavoredOverload
  @inlinable
  public func get<Value: Sendable>(
    timeout: Duration? = .seconds(5), _ read: @escaping @Sendable (State) async throws -> Value
  ) async throws -> Value {
    try await ref.call(timeout: timeout) { reply in
      AgentMessage(run: .waiting { state in reply(try await read(state)) })
    }
  }

  /// Changes the state, and waits until that is done.
  @inlinable
  public func update(
    timeout: Duration? = .seconds(5), _ change: @escaping @Sendable (inout State) throws -> Void
  ) async throws {
    try await getAndUpdate(timeout: timeout, change)
  }

  /// The same with a `change` that waits for others; the agent waits with it.
  @_disfavoredOverload
  @inlinable
  public func update(
    timeout: Duration? = .seconds(5),
    _ change: @escaping @Sendable (inout State) async throws -> Void
  ) async throws {
    try await getAndUpdate(timeout: timeout, change)
  }

  /// Changes the state and returns what `change` does: the old state, the new one, a part of it.
  ///
  ///     let eggs = try await cart.getAndUpdate { $0.removeValue(forKey: "eggs") }
  @inlinable
  public func getAndUpdate<Value: Sendable>(
    timeout: Duration? = .seconds(5), _ change: @escaping @Sendable (inout State) throws -> Value
  ) async throws -> Value {
    try await ref.call(timeout: timeout) { reply in
      AgentMessage(run: .now { state in reply(try change(&state)) })
    }
  }

  /// The same with a `change` that waits for others; the agent waits with it.
  @_disfavoredOverload
  @inlinable
  public func getAndUpdate<Value: Sendable>(
    timeout: Duration? = .seconds(5),
    _ change: @escaping @Sendable (inout State) async throws -> Value
  ) async throws -> Value {
    try await ref.call(timeout: timeout) { reply in
      AgentMessage(run: .waiting { state in reply(try await change(&state)) })
    }
  }

  /// Changes the state some time later; does not wait.
  @inlinable
  public func cast(_ change: @escaping @Sendable (inout State) throws -> Void) {
    ref.cast(AgentMessage(run: .now(change)))
  }

  /// The same with a `change` that waits for others; the agent waits with it.
  @_disfavoredOverload
  @inlinable
  public func cast(_ change: @escaping @Sendable (inout State) async throws -> Void) {
    ref.cast(AgentMessage(run: .waiting(change)))
  }

  /// Ends the agent and waits until it has ended.
  public func stop(_ reason: ExitReason = .normal, timeout: Duration? = nil) async throws {
    try await ref.stop(reason, timeout: timeout)
  }
}

/// What an agent gets: a function to run on its state.
public struct AgentMessage<State>: Sendable {
  @usableFromInline
  enum Run: Sendable {
    case now(@Sendable (inout State) throws -> Void)
    case waiting(@Sendable (inout State) async throws -> Void)
  }

  @usableFromInline let run: Run

  @inlinable
  init(run: Run) { self.run = run }
}

@usableFromInline
struct AgentServer<State>: GenServer {
  @usableFromInline typealias Message = AgentMessage<State>

  @usableFromInline var state: State

  @inlinable
  init(state: State) { self.state = state }

  @inlinable
  mutating func handle(_ message: Message, _ process: ProcessContext) throws -> Next {
    guard case .now(let run) = message.run else { return .asynchronously }
    try run(&state)
    return .receive
  }

  @inlinable
  mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    switch message.run {
    case .now(let run): try run(&state)
    case .waiting(let run): try await run(&state)
    }
    return .receive
  }
}
