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

  init(_ ref: ServerRef<AgentMessage<State>>) {
    self.ref = ref
  }

  /// The agent's process; nil for a name that nobody bears.
  public var pid: PID? { ref.pid }

  /// Starts an agent that is linked to nobody; `initial` makes its state, inside the new process.
  ///
  /// - Parameter timeout: How long `initial` may take; nil, forever.
  /// - Throws: `StartError`, with what `initial` threw as reason, or when the name is taken.
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable (ProcessContext) async throws -> State
  ) async throws -> Self {
    try await run(ServerStart(runtime, name: name, label: label, timeout: timeout), initial)
  }

  /// The same with an `initial` that needs nothing of the new process.
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable () async throws -> State
  ) async throws -> Self {
    try await start(in: runtime, name: name, label: label, timeout: timeout) { _ in
      try await initial()
    }
  }

  /// Starts an agent that is linked to the process `starter`.
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable (ProcessContext) async throws -> State
  ) async throws -> Self {
    var start = ServerStart(starter.runtime, name: name, label: label, timeout: timeout)
    start.options.isLinked = true
    return try await run(start, initial)
  }

  /// The same with an `initial` that needs nothing of the new process.
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    timeout: Duration? = nil,
    _ initial: @escaping @Sendable () async throws -> State
  ) async throws -> Self {
    try await startLinked(by: starter, name: name, label: label, timeout: timeout) { _ in
      try await initial()
    }
  }

  private static func run(
    _ start: ServerStart, _ initial: @escaping @Sendable (ProcessContext) async throws -> State
  ) async throws -> Self {
    var start = start
    start.options.kind = .agent
    start.options.role = "Agent"
    return Self(try await start.run({ process in AgentServer(state: try await initial(process)) }, step: ServerBody.step))
  }

  /// What `read` makes of the state.
  ///
  /// - Parameter timeout: How long to wait; nil, forever. A function that has begun goes on after it.
  /// - Throws: `CallError`, in which the agent's exit reason is what `read` threw.
  public func get<Value: Sendable>(
    timeout: Duration? = .seconds(5), _ read: @escaping @Sendable (State) async throws -> Value
  ) async throws -> Value {
    try await ref.call(timeout: timeout) { reply in
      AgentMessage { state in reply(try await read(state)) }
    }
  }

  /// Changes the state, and waits until that is done.
  public func update(
    timeout: Duration? = .seconds(5),
    _ change: @escaping @Sendable (inout State) async throws -> Void
  ) async throws {
    try await getAndUpdate(timeout: timeout, change)
  }

  /// Changes the state and returns what `change` does: the old state, the new one, a part of it.
  ///
  ///     let eggs = try await cart.getAndUpdate { $0.removeValue(forKey: "eggs") }
  public func getAndUpdate<Value: Sendable>(
    timeout: Duration? = .seconds(5),
    _ change: @escaping @Sendable (inout State) async throws -> Value
  ) async throws -> Value {
    try await ref.call(timeout: timeout) { reply in
      AgentMessage { state in reply(try await change(&state)) }
    }
  }

  /// Changes the state some time later; does not wait.
  public func cast(_ change: @escaping @Sendable (inout State) async throws -> Void) {
    ref.cast(AgentMessage(run: change))
  }

  /// Ends the agent and waits until it has ended.
  public func stop(_ reason: ExitReason = .normal, timeout: Duration? = nil) async throws {
    try await ref.stop(reason, timeout: timeout)
  }
}

/// What an agent gets: a function to run on its state.
public struct AgentMessage<State>: Sendable {
  let run: @Sendable (inout State) async throws -> Void
}

struct AgentServer<State>: GenServer {
  typealias Message = AgentMessage<State>

  var state: State

  mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    try await message.run(&state)
    return .receive
  }
}
