public import Processes

/// A process that keeps a state, and functions that are run on it there.
///
/// Differs from `GenServer` in having no messages of its own: whoever holds the agent brings the
/// function. Each runs alone, in the agent's process.
///
///     let cart = try await Agent.start(in: runtime) { [String: Int]() }
///     try await cart.update { $0["eggs"] = 3 }
///     let eggs = try await cart.get { $0["eggs"] }   // 3
///     try await cart.stop()
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

  init(_ ref: ServerRef<AgentMessage<State>>) {
    self.ref = ref
  }

  /// The agent's process; nil for a name that nobody bears.
  public var pid: PID? { ref.pid }

  /// Starts an agent that is linked to nobody; `initial` makes its state, inside the new process.
  public static func start(
    in runtime: Runtime, name: String? = nil, label: String? = nil, timeout: Duration? = nil,
    _ initial: @escaping @Sendable () throws -> State
  ) async throws -> Self {
    var start = ServerStart(runtime, name: name, label: label, timeout: timeout)
    start.options.kind = .agent
    start.options.role = "Agent"
    return Self(try await start.run { _ in AgentServer(state: try initial()) })
  }

  /// Starts an agent that is linked to the process `starter`.
  public static func startLinked(
    by starter: ProcessContext, name: String? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable () throws -> State
  ) async throws -> Self {
    var start = ServerStart(starter.runtime, name: name, label: label, timeout: timeout)
    start.options.kind = .agent
    start.options.role = "Agent"
    start.options.isLinked = true
    return Self(try await start.run { _ in AgentServer(state: try initial()) })
  }

  /// What `read` makes of the state.
  public func get<Value: Sendable>(
    timeout: Duration? = .seconds(5), _ read: @escaping @Sendable (State) throws -> Value
  ) async throws -> Value {
    try await ref.call(timeout: timeout) { reply in
      AgentMessage { state in reply(try read(state)) }
    }
  }

  /// Changes the state, and waits until that is done.
  public func update(
    timeout: Duration? = .seconds(5), _ change: @escaping @Sendable (inout State) throws -> Void
  ) async throws {
    try await getAndUpdate(timeout: timeout, change)
  }

  /// Changes the state and returns what `change` says.
  public func getAndUpdate<Value: Sendable>(
    timeout: Duration? = .seconds(5), _ change: @escaping @Sendable (inout State) throws -> Value
  ) async throws -> Value {
    try await ref.call(timeout: timeout) { reply in
      AgentMessage { state in reply(try change(&state)) }
    }
  }

  /// Changes the state some time later; does not wait.
  public func cast(_ change: @escaping @Sendable (inout State) throws -> Void) {
    ref.cast(AgentMessage(run: change))
  }

  /// Ends the agent and waits until it has ended.
  public func stop(_ reason: ExitReason = .normal, timeout: Duration? = nil) async throws {
    try await ref.stop(reason, timeout: timeout)
  }
}

/// What an agent gets: a function to run on its state.
public struct AgentMessage<State>: Sendable {
  let run: @Sendable (inout State) throws -> Void
}

struct AgentServer<State>: GenServer {
  typealias Message = AgentMessage<State>

  var state: State

  mutating func handle(_ message: Message, _ process: ProcessContext) throws -> Next {
    try message.run(&state)
    return .receive
  }
}
