public import Processes

/// A supervisor for tasks.
///
/// Differs from `ProcessTask`'s own functions in where the tasks belong: they are the supervisor's
/// children, seen in the tree, limited in number and stopped with it, even when nobody waits for them.
/// Differs from `DynamicSupervisor`, which it is made of, in starting functions instead of servers.
///
///     let tasks = try await TaskSupervisor.start(in: runtime, name: "Fetchers")
///
///     // In a process that is to survive the task's failure:
///     let task = try await tasks.asyncNoLink(by: process) { _ in try parse(text) }
///     let outcome = try await task.yield()   // .success(tree), .failure(reason) or nil
///
///     // From anywhere, for its effect only:
///     try await tasks.startChild { _ in try await upload(report) }
///
/// - Note: Follows Elixir's `Task.Supervisor`.
public struct TaskSupervisor: Sendable {
  public typealias Options = DynamicSupervisor.Options

  /// The same process, as what it is made of.
  public let supervisor: DynamicSupervisor

  /// A handle on the supervisor that runs as `pid`, or that bears `name`.
  public init(_ runtime: Runtime, pid: PID) { supervisor = DynamicSupervisor(runtime, pid: pid) }
  public init(_ runtime: Runtime, name: any ProcessName) {
    supervisor = DynamicSupervisor(runtime, name: name)
  }

  private init(_ supervisor: DynamicSupervisor) { self.supervisor = supervisor }

  public var pid: PID? { supervisor.pid }

  /// Starts a supervisor without tasks that is linked to nobody.
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    _ options: Options = Options()
  ) async throws -> TaskSupervisor {
    TaskSupervisor(
      try await DynamicSupervisor.start(in: runtime, name: name, label: label, options))
  }

  /// Starts a supervisor without tasks that is linked to the process `starter`.
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    _ options: Options = Options()
  ) async throws -> TaskSupervisor {
    TaskSupervisor(
      try await DynamicSupervisor.startLinked(by: starter, name: name, label: label, options))
  }

  /// How another supervisor runs a supervisor for tasks.
  public static func childSpec(
    id: String? = nil, name: (any ProcessName)? = nil, label: String? = nil,
    restart: ChildSpec.Restart = .permanent, _ options: Options = Options()
  ) -> ChildSpec {
    DynamicSupervisor.childSpec(
      id: id ?? name?.description ?? "TaskSupervisor", name: name, label: label, restart: restart,
      options)
  }

  /// Stops all tasks at the same time, then the supervisor.
  public func stop(_ reason: ExitReason = .normal, timeout: Duration? = nil) async throws {
    try await supervisor.stop(reason, timeout: timeout)
  }
}

// MARK: Tasks to wait for

extension TaskSupervisor {
  /// Starts a task that is linked to its owner as well as to the supervisor.
  ///
  /// - Parameters:
  ///   - owner: The calling process, which gets the result.
  ///   - shutdown: How the supervisor stops it.
  /// - Throws: `StartError.limitReached` when `maxChildren` run; `CallError`.
  /// - Note: Follows Elixir's `Task.Supervisor.async/3`.
  public func async<Value: Sendable>(
    by owner: ProcessContext, label: String? = nil,
    shutdown: ChildSpec.Shutdown = .after(.seconds(5)), _ body: @escaping ProcessTask<Value>.Body
  ) async throws -> ProcessTask<Value> {
    try await startTask(by: owner, isLinked: true, label, shutdown, body)
  }

  /// Starts a task whose failure its owner sees, but survives.
  ///
  /// - Parameters:
  ///   - owner: The calling process, which gets the result.
  ///   - shutdown: How the supervisor stops it.
  /// - Throws: `StartError.limitReached` when `maxChildren` run; `CallError`.
  /// - Note: Follows Elixir's `Task.Supervisor.async_nolink/3`.
  public func asyncNoLink<Value: Sendable>(
    by owner: ProcessContext, label: String? = nil,
    shutdown: ChildSpec.Shutdown = .after(.seconds(5)), _ body: @escaping ProcessTask<Value>.Body
  ) async throws -> ProcessTask<Value> {
    try await startTask(by: owner, isLinked: false, label, shutdown, body)
  }

  private func startTask<Value: Sendable>(
    by owner: ProcessContext, isLinked: Bool, _ label: String?, _ shutdown: ChildSpec.Shutdown,
    _ body: @escaping ProcessTask<Value>.Body
  ) async throws -> ProcessTask<Value> {
    let (ref, cell) = (owner.runtime.nextMonitor(), owner.cell)
    let spec = ChildSpec(id: "Task", restart: .temporary, shutdown: shutdown) { supervisor in
      // The owner ended while its wish lay in our mailbox.
      guard !cell.isEnded else { throw StartError.failed(.shutdownWith(.noProcess)) }
      var options = SpawnOptions(taskLabel: label)
      options.isLinked = true
      if isLinked { options.alsoLinkedTo = cell }
      options.monitor = (cell, ref)
      return supervisor.runtime.spawn(
        options, .function(ProcessTask.reporting(to: cell.pid, as: ref, body)),
        parent: supervisor.cell
      ).pid
    }
    do {
      let pid = try await supervisor.startChild(spec)
      return ProcessTask(pid: pid, ref: ref, owner: owner.pid)
    } catch {
      // The supervisor may have started it and ended before it could tell us.
      owner.demonitor(ref, flush: true)
      throw error
    }
  }

  /// Runs `body` for each of `inputs`, in tasks that are linked to their owner: see
  /// `ProcessTask.asyncStream`.
  ///
  /// - Note: Follows Elixir's `Task.Supervisor.async_stream/4`.
  public func asyncStream<Inputs: Sequence, Value: Sendable>(
    by owner: ProcessContext, over inputs: Inputs,
    _ options: TaskStreamOptions = TaskStreamOptions(),
    shutdown: ChildSpec.Shutdown = .after(.seconds(5)),
    _ body: @escaping @Sendable (ProcessContext, Inputs.Element) async throws -> Value
  ) -> TaskStream<Inputs, Value> where Inputs.Element: Sendable {
    TaskStream(owner: owner, inputs: inputs, options: options) { input in
      try await startTask(by: owner, isLinked: true, nil, shutdown) { process in
        try await body(process, input)
      }
    }
  }

  /// Runs `body` for each of `inputs`, in tasks whose failures their owner survives and sees among the
  /// results.
  ///
  /// - Note: Follows Elixir's `Task.Supervisor.async_stream_nolink/4`.
  public func asyncStreamNoLink<Inputs: Sequence, Value: Sendable>(
    by owner: ProcessContext, over inputs: Inputs,
    _ options: TaskStreamOptions = TaskStreamOptions(),
    shutdown: ChildSpec.Shutdown = .after(.seconds(5)),
    _ body: @escaping @Sendable (ProcessContext, Inputs.Element) async throws -> Value
  ) -> TaskStream<Inputs, Value> where Inputs.Element: Sendable {
    TaskStream(owner: owner, inputs: inputs, options: options) { input in
      try await startTask(by: owner, isLinked: false, nil, shutdown) { process in
        try await body(process, input)
      }
    }
  }

  /// Runs a function in a task and waits for its value, also outside of processes: see
  /// `ProcessTask.run`.
  ///
  /// - Throws: In addition `StartError.limitReached` when `maxChildren` run.
  public func run<Value: Sendable>(
    label: String? = nil, timeout: Duration? = .seconds(5),
    shutdown: ChildSpec.Shutdown = .after(.seconds(5)), _ body: @escaping ProcessTask<Value>.Body
  ) async throws -> Value {
    let run = TaskRun<Value>(supervisor.ref.runtime, timeout: timeout)
    let spec = ChildSpec(id: "Task", restart: .temporary, shutdown: shutdown) { supervisor in
      var options = SpawnOptions(taskLabel: label)
      options.isLinked = true
      options.caller = run.end.waiter
      return supervisor.runtime.spawn(
        options, .function(run.keeping(body)), parent: supervisor.cell
      ).pid
    }
    let task: PID
    do {
      task = try await supervisor.startChild(spec)
    } catch {
      run.giveUp()
      throw error
    }
    return try await run.value(of: task)
  }
}

// MARK: Tasks for their effect

extension TaskSupervisor {
  /// Starts a task that nobody waits for.
  ///
  /// - Parameters:
  ///   - restart: Never, by default. A task that is started again runs `body` from the beginning.
  ///   - shutdown: How the supervisor stops it.
  /// - Throws: `StartError.limitReached` when `maxChildren` run; `CallError`.
  /// - Note: Follows Elixir's `Task.Supervisor.start_child/3`.
  @discardableResult
  public func startChild(
    label: String? = nil, restart: ChildSpec.Restart = .temporary,
    shutdown: ChildSpec.Shutdown = .after(.seconds(5)), _ body: @escaping ProcessTask<Void>.Body
  ) async throws -> PID {
    try await supervisor.startChild(
      ProcessTask.childSpec(label: label, restart: restart, shutdown: shutdown, body))
  }

  /// The tasks that run, oldest first.
  ///
  /// - Note: Follows Elixir's `Task.Supervisor.children/1`.
  public func children() async throws -> [PID] {
    try await supervisor.whichChildren().compactMap { child in
      if case .running(let pid) = child.state { pid } else { nil }
    }
  }

  /// Stops a task and forgets it.
  ///
  /// - Throws: `ChildError.notFound` when it is not the supervisor's (any more); `CallError`.
  /// - Note: Follows Elixir's `Task.Supervisor.terminate_child/2`.
  public func terminateChild(_ pid: PID) async throws {
    try await supervisor.terminateChild(pid)
  }
}
