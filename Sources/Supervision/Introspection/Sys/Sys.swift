public import Processes

/// A server from the mechanic's side: its state, its status, and a switch to halt it.
///
/// Differs from `ServerRef` in asking the machinery instead of the server: every `GenServer`, agent and
/// supervisor answers, without code of its own. Differs from `Runtime.snapshot(of:)`, which asks nobody,
/// in going through the mailbox: the answer comes between two messages, and a server that is stuck in
/// one gives none.
///
///     let sys = runtime.sys(pid)                                      // or counter.sys
///     let count = try await sys.state(as: Counter.self) { $0.count }  // 1
///     try await sys.replaceState(as: Counter.self) { $0.count = 7 }
///
///     try await sys.suspend()
///     counter.cast(.increment)                                        // waits in the mailbox
///     try await sys.status().activity                                 // .suspended
///     try await sys.resume()                                          // now it is handled
///
///     try await sys.trace { print($0) }
///     // *DBG* <0.3.0> got increment
///     // *DBG* <0.3.0> new state Counter(count: 9)
///
/// Meant for shells, debuggers and tests. A system that depends on looking into others' states is
/// better served by a message that asks for what it needs.
///
/// All of it fails with `CallError` when there is no such process, when it ends before it answers, and
/// after a timeout (five seconds, unless said otherwise; nil waits forever); with `SysError` for a
/// process that is no server.
///
/// - Note: Follows OTP's `sys`.
public struct Sys: Sendable {
  public let runtime: Runtime
  public let destination: Destination

  init(_ runtime: Runtime, _ destination: Destination) {
    self.runtime = runtime
    self.destination = destination
  }
}

extension Runtime {
  /// The mechanic's side of the server that runs as `pid`.
  public func sys(_ pid: PID) -> Sys { Sys(self, .pid(pid)) }

  /// The mechanic's side of the server that bears `name` at the time of each question.
  public func sys(name: any ProcessName) -> Sys { Sys(self, name.destination) }

  /// The mechanic's side of a server.
  public func sys(_ destination: Destination) -> Sys { Sys(self, destination) }
}

extension ServerRef {
  /// The server from the mechanic's side: its state, its status, and a switch to halt it.
  public var sys: Sys { Sys(runtime, destination) }
}

extension Agent {
  /// The agent from the mechanic's side; its state is of the type `State`.
  public var sys: Sys { ref.sys }
}

extension Supervisor {
  /// The supervisor from the mechanic's side.
  public var sys: Sys { ref.sys }
}

extension DynamicSupervisor {
  /// The supervisor from the mechanic's side.
  public var sys: Sys { ref.sys }
}

extension TaskSupervisor {
  /// The supervisor from the mechanic's side.
  public var sys: Sys { supervisor.sys }
}

// MARK: Suspending

extension Sys {
  /// Halts the server after the message it handles now.
  ///
  /// From then on it handles only what comes through `Sys`, and stays as it is; all other messages wait
  /// in its mailbox in their order, so calls to it time out. It can still be stopped, by `stop`, by an
  /// exit signal of its parent, and so by its supervisor; exit signals that end any server end this one.
  /// Suspending twice is the same as once.
  ///
  /// - Note: Follows OTP's `sys:suspend/2`.
  public func suspend(timeout: Duration? = .seconds(5)) async throws {
    try await ask(timeout) { .suspend($0) }
  }

  /// Lets a suspended server go on, with the oldest of the messages that wait.
  ///
  /// A wait that `.receive(within:)` began is counted from its beginning again. Nothing happens when it
  /// is not suspended.
  ///
  /// - Note: Follows OTP's `sys:resume/2`.
  public func resume(timeout: Duration? = .seconds(5)) async throws {
    try await ask(timeout) { .resume($0) }
  }
}

// MARK: Status

extension Sys {
  /// What people may see of the server: whether it runs, its parent, its state in words.
  ///
  /// The server's type decides by `formatStatus` what is shown of its state.
  ///
  /// - Note: Follows OTP's `sys:get_status/2`.
  public func status(timeout: Duration? = .seconds(5)) async throws -> ServerStatus {
    try await ask(timeout) { .status($0) }
  }
}

// MARK: Asking

extension Sys {
  func ask<Reply: Sendable>(
    _ timeout: Duration?, _ request: (ReplyTo<Reply>) -> SysRequest
  ) async throws -> Reply {
    // A process without a server would leave the request lying: OTP's caller waits for its timeout.
    if let cell = runtime.cell(destination), !cell.isObservable {
      throw SysError.notAServer(cell.pid)
    }
    return try await Runtime.call(destination, in: runtime.number, timeout: timeout, as: .sys) {
      reply in
      Letter.Content.system(.request(request(reply)))
    }
  }
}
