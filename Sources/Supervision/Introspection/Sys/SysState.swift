internal import Processes

// The state itself, for whoever knows its type.
extension Sys {
  /// The server's state: of a `GenServer` the value of its type, of an agent what it keeps.
  ///
  ///     let counter = try await runtime.sys(pid).state(as: Counter.self)
  ///     let cart = try await agent.sys.state(as: [String: Int].self)
  ///
  /// - Throws: `SysError.otherState` when it is of another type.
  /// - Note: Follows OTP's `sys:get_state/2`.
  public func state<State: Sendable>(
    as type: State.Type, timeout: Duration? = .seconds(5)
  ) async throws -> State {
    try await state(as: type, timeout: timeout) { $0 }
  }

  /// What `read` makes of the server's state, in the server's process: for states that cannot leave it,
  /// or that are large.
  ///
  /// - Throws: What `read` throws; the server does not notice.
  public func state<State, Value: Sendable>(
    as type: State.Type, timeout: Duration? = .seconds(5),
    _ read: @escaping @Sendable (State) throws -> Value
  ) async throws -> Value {
    try await access(as: type, timeout, isChange: false) { try read($0) }
  }

  /// Changes the server's state, between two messages.
  ///
  ///     try await counter.sys.replaceState(as: Counter.self) { $0.count = 7 }
  ///
  /// - Returns: What `change` returns.
  /// - Throws: What `change` throws; then the state stays as it was.
  /// - Note: Follows OTP's `sys:replace_state/3`.
  @discardableResult
  public func replaceState<State, Value: Sendable>(
    as type: State.Type, timeout: Duration? = .seconds(5),
    _ change: @escaping @Sendable (inout State) throws -> Value
  ) async throws -> Value {
    try await access(as: type, timeout, isChange: true, change)
  }

  private func access<State, Value: Sendable>(
    as type: State.Type, _ timeout: Duration?, isChange: Bool,
    _ body: @escaping @Sendable (inout State) throws -> Value
  ) async throws -> Value {
    let result: Result<Value, any Error> = try await ask(timeout) { reply in
      .access(StateAccess(isChange: isChange, body: body, reply: reply))
    }
    return try result.get()
  }
}

/// One look at a server's state, or one change of it, by somebody who believes to know its type.
protocol StateAccessing: Sendable {
  /// - Returns: Whether the state was replaced.
  func perform<Server: GenServer>(on server: inout Server, of pid: PID) -> Bool
}

struct StateAccess<State, Value: Sendable>: StateAccessing {
  let isChange: Bool
  let body: @Sendable (inout State) throws -> Value
  let reply: ReplyTo<Result<Value, any Error>>

  func perform<Server: GenServer>(on server: inout Server, of pid: PID) -> Bool {
    let result: Result<Value, any Error>
    if var state = server as? State {
      result = Result { try body(&state) }
      if isChange, case .success = result, let changed = state as? Server { server = changed }
    } else if let holder = server as? any StateHolding {
      result = Result { try change(holder, in: &server, of: pid) }
    } else {
      result = .failure(other(Server.self, pid))
    }
    reply.answerRequest(result)
    if isChange, case .success = result { return true }
    return false
  }

  private func change<Holder: StateHolding, Server>(
    _ holder: Holder, in server: inout Server, of pid: PID
  ) throws -> Value {
    guard var state = holder.state as? State else { throw other(Holder.State.self, pid) }
    let value = try body(&state)
    if isChange, let changed = state as? Holder.State {
      var holder = holder
      holder.state = changed
      if let changed = holder as? Server { server = changed }
    }
    return value
  }

  private func other(_ actual: Any.Type, _ pid: PID) -> SysError {
    .otherState(pid, expected: "\(State.self)", actual: "\(actual)")
  }
}

/// A server that only keeps the state of somebody else, who knows nothing of the server.
protocol StateHolding {
  associatedtype State
  var state: State { get set }
}

extension AgentServer: StateHolding {}
