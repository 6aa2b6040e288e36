public import Processes

/// A process that runs one function for its owner, who waits for the value, or doesn't.
///
/// Differs from Swift's `Task` in being a process: it has a PID, can be watched, killed and
/// supervised, and its failure is its owner's, since the two are linked. Differs from `Agent` in
/// ending with its one function.
///
///     let task = ProcessTask.async(by: process) { _ in try parse(text) }
///     let other = try await compute()
///     let tree = try await task.await()   // within five seconds
///
/// The result and the end of the task are messages in the owner's mailbox, so only the owner can wait
/// for them; a task is not `Sendable`, so the compiler says so first. While the owner waits, its other
/// messages stay where they are. A server that does not want to wait for its task stores it, and gets
/// both messages in `handleInfo`:
///
///     mutating func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
///       switch task?.outcome(in: info) {
///       case .success(let page)?: pages.append(page)
///       case .failure(let reason)?: failures.append(reason)   // only if we trap exits
///       case nil: break
///       }
///       return .receive
///     }
///
/// A task that fails takes its owner along, unless the owner traps exits; `TaskSupervisor` starts
/// tasks that are not linked to their owner. Code outside any process has no mailbox and uses `run`.
///
/// - Note: Follows Elixir's `Task`.
public struct ProcessTask<Value: Sendable> {
  /// The process that runs the function.
  public let pid: PID
  /// The monitor by which the owner watches it; also in its `TaskResult`.
  public let ref: MonitorRef
  /// Who gets the result, and may wait for it.
  public let owner: PID

  init(pid: PID, ref: MonitorRef, owner: PID) {
    self.pid = pid
    self.ref = ref
    self.owner = owner
  }

  /// What the function of a task looks like: it gets its own process.
  public typealias Body = @Sendable (ProcessContext) async throws -> Value
}

@available(*, unavailable, message: "only the owner of a task can wait for it")
extension ProcessTask: Sendable {}

// MARK: Starting

extension ProcessTask {
  /// Starts a task that is linked to its owner, and monitored by it.
  ///
  /// Returns at once. The result is to be awaited, or the task to be shut down or ignored; else both
  /// of its messages stay in the owner's mailbox.
  ///
  /// - Parameters:
  ///   - owner: The calling process.
  ///   - label: What the application calls the task, shown beside its PID.
  /// - Note: Follows Elixir's `Task.async/1`.
  public static func async(
    by owner: ProcessContext, label: String? = nil, _ body: @escaping Body
  ) -> ProcessTask {
    let ref = owner.runtime.nextMonitor()
    var options = SpawnOptions(taskLabel: label)
    options.isLinked = true
    options.monitor = (owner.cell, ref)
    let task = owner.runtime.spawn(
      options, .function(reporting(to: owner.pid, as: ref, body)), parent: owner.cell)
    return ProcessTask(pid: task.pid, ref: ref, owner: owner.pid)
  }

  /// A process body that sends the value of `body` to the owner, if that still watches.
  static func reporting(
    to owner: PID, as ref: MonitorRef, _ body: @escaping Body
  ) -> ProcessTask<Void>.Body {
    { process in
      let value = try await body(process)
      process.runtime.send(owner, TaskResult(ref: ref, value: value), whileMonitoredBy: ref)
    }
  }
}

/// Tasks for the sake of what they do: nobody waits for a value.
extension ProcessTask where Value == Void {
  /// Starts a task that nobody is linked to or waits for.
  ///
  /// Prefer `startLinked`, or a `TaskSupervisor`: they see to it that the task doesn't outlive what
  /// it works for.
  ///
  /// - Note: Follows Elixir's `Task.start/1`.
  @discardableResult
  public static func start(
    in runtime: Runtime, label: String? = nil, _ body: @escaping Body
  ) -> PID {
    runtime.spawn(SpawnOptions(taskLabel: label), .function(body), parent: Runtime.current).pid
  }

  /// Starts a task that is linked to the process `starter`.
  ///
  /// - Note: Follows Elixir's `Task.start_link/1`.
  @discardableResult
  public static func startLinked(
    by starter: ProcessContext, label: String? = nil, _ body: @escaping Body
  ) -> PID {
    var options = SpawnOptions(taskLabel: label)
    options.isLinked = true
    return starter.runtime.spawn(options, .function(body), parent: starter.cell).pid
  }

  /// How a supervisor runs a task.
  ///
  /// - Parameter restart: Never, by default: a task has done its work when it ends.
  /// - Note: Follows Elixir's `Task.child_spec/1`.
  public static func childSpec(
    id: String = "Task", label: String? = nil, restart: ChildSpec.Restart = .temporary,
    shutdown: ChildSpec.Shutdown? = nil, _ body: @escaping Body
  ) -> ChildSpec {
    ChildSpec(id: id, restart: restart, shutdown: shutdown) { supervisor in
      startLinked(by: supervisor, label: label, body)
    }
  }
}

extension SpawnOptions {
  init(taskLabel: String?) {
    self.init(label: taskLabel)
    role = "Task"
  }
}
