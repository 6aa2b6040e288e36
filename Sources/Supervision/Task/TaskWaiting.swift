public import Processes

// MARK: One task

extension ProcessTask {
  /// Waits for the task's value.
  ///
  /// Once for each task: afterwards nothing more comes from it. Other messages stay in the mailbox.
  ///
  /// - Parameter timeout: How long to wait; nil, forever. After that the task is no longer watched,
  ///   but still linked: if the error escapes from the owner, it takes the task along.
  /// - Throws: `CallError` with the task's exit reason when it ends without a value, or with `timeout`;
  ///   `TaskError.notOwner`; `ProcessEnded` when the owner is ended meanwhile.
  /// - Note: Follows Elixir's `Task.await/2`.
  public func await(timeout: Duration? = .seconds(5)) async throws -> Value {
    let process = try ownersContext()
    switch try await process.receive(timeout: timeout, where: outcome(in:)) {
    case .success(let value)?:
      process.demonitor(ref, flush: true)
      return value
    case .failure(let reason)?:
      throw failure(reason, after: timeout)
    case nil:
      process.demonitor(ref, flush: true)
      throw failure(.timeout, after: timeout)
    }
  }

  /// Waits for the task's value, but not for long.
  ///
  /// May be asked again as long as the answer is nil.
  ///
  /// - Returns: The value, or why the task ended without one; nil when it still runs after `timeout`.
  ///   The owner sees a failed task's reason only if the failure didn't take it along: when it traps
  ///   exits, or isn't linked to the task.
  /// - Throws: `TaskError.notOwner`; `ProcessEnded` when the owner is ended meanwhile.
  /// - Note: Follows Elixir's `Task.yield/2`.
  public func yield(
    timeout: Duration? = .seconds(5)
  ) async throws -> Result<Value, ExitReason>? {
    let process = try ownersContext()
    let outcome = try await process.receive(timeout: timeout, where: outcome(in:))
    if case .success? = outcome { process.demonitor(ref, flush: true) }
    return outcome
  }

  /// Ends the task, and looks whether it has a value all the same.
  ///
  /// It is unlinked first, so that its end doesn't touch the owner.
  ///
  /// - Parameter how: Like the end of a supervisor's child.
  /// - Returns: A value that came in time; else nil when the task ended as it was told to, or the
  ///   reason that it ended with instead: `killed` when it didn't in time, `noProcess` when it was
  ///   awaited before.
  /// - Throws: `TaskError.notOwner`; `ProcessEnded` when the owner is ended meanwhile.
  /// - Note: Follows Elixir's `Task.shutdown/2`.
  @discardableResult
  public func shutdown(
    _ how: ChildSpec.Shutdown = .after(.seconds(5))
  ) async throws -> Result<Value, ExitReason>? {
    let process = try ownersContext()
    // A monitor of its own, since the task's may be used up.
    let watch = process.monitor(pid)
    let (signal, limit, expected): (ExitReason, Duration?, ExitReason) =
      switch how {
      case .brutalKill: (.kill, nil, .killed)
      case .after(let limit): (.shutdown, limit, .shutdown)
      case .infinity: (.shutdown, nil, .shutdown)
      }
    process.unlinkAndExit(pid, signal)
    var reason = try await process.takeDown(watch, timeout: limit)
    if reason == nil {
      process.exit(pid, .kill)
      reason = try await process.takeDown(watch, timeout: nil)
    }
    // Dead before the second monitor: then the first one knows why, unless it has been used up.
    if reason == .noProcess, let known = try await process.takeDown(ref, timeout: .zero) {
      reason = known
    }
    process.demonitor(ref, flush: true)
    // Whatever it died of, the value may have come before.
    if let outcome = try await process.receive(timeout: .zero, where: outcome(in:)) {
      return outcome
    }
    return reason == expected ? nil : .failure(reason ?? .noProcess)
  }

  /// Lets the task go: it runs on, but unlinked, and nothing more comes from it.
  ///
  /// - Returns: The value, or why the task ended, if that is known already.
  /// - Throws: `TaskError.notOwner`.
  /// - Note: Follows Elixir's `Task.ignore/1`.
  @discardableResult
  public func ignore() async throws -> Result<Value, ExitReason>? {
    let process = try ownersContext()
    let outcome = try await process.receive(timeout: .zero, where: outcome(in:))
    process.unlink(pid)
    process.demonitor(ref, flush: true)
    return outcome
  }

  /// What a message says about this task; nil when it is about something else.
  ///
  /// For a server's `handleInfo`. After a value there follows the `Down` of the ended task, unless the
  /// monitor is removed with `process.demonitor(task.ref, flush: true)`.
  public func outcome(in info: Info) -> Result<Value, ExitReason>? {
    switch info {
    case .message(let result as TaskResult<Value>) where result.ref == ref: .success(result.value)
    case .down(let down) where down.ref == ref: .failure(down.reason)
    default: nil
    }
  }
}

// MARK: Many tasks

extension ProcessTask {
  /// Waits for the values of all tasks.
  ///
  /// - Parameter timeout: For all of them together; nil, forever.
  /// - Returns: The values in the order of `tasks`.
  /// - Throws: `CallError` as soon as one of the tasks ends without a value, naming that one; after
  ///   `timeout`, naming the first that has none. The others are no longer watched then.
  ///   `TaskError.notOwner`; `ProcessEnded`.
  /// - Note: Follows Elixir's `Task.await_many/2`.
  public static func awaitMany(
    _ tasks: [ProcessTask], timeout: Duration? = .seconds(5)
  ) async throws -> [Value] {
    guard let process = try tasks.first?.ownersContext() else { return [] }
    for task in tasks { _ = try task.ownersContext() }
    let deadline = timeout.map { process.runtime.now + $0 }
    var awaited = Dictionary(tasks.map { ($0.ref, $0) }) { first, _ in first }
    var values: [MonitorRef: Value] = [:]

    func giveUp(_ task: ProcessTask, _ reason: ExitReason) -> CallError {
      for task in tasks where awaited[task.ref] != nil { process.demonitor(task.ref, flush: true) }
      return task.failure(reason, after: timeout)
    }
    // Those before `first` have told their values.
    var first = 0
    while true {
      while first < tasks.count, awaited[tasks[first].ref] == nil { first += 1 }
      if first == tasks.count { break }
      let left = deadline.map { max(.zero, $0 - process.runtime.now) }
      let news = try await process.receive(timeout: left) { info in
        info.taskRef.flatMap { awaited[$0] }.flatMap { task in
          task.outcome(in: info).map { (task, $0) }
        }
      }
      switch news {
      case (let task, .success(let value))?:
        process.demonitor(task.ref, flush: true)
        awaited[task.ref] = nil
        values[task.ref] = value
      case (let task, .failure(let reason))?:
        throw giveUp(task, reason)
      case nil:
        throw giveUp(tasks[first], .timeout)
      }
    }
    return tasks.compactMap { values[$0.ref] }
  }

  /// Waits for the values of all tasks, but not for long.
  ///
  /// - Parameter timeout: For all of them together; nil, forever.
  /// - Returns: For each of `tasks`, in their order, what `yield` would return.
  /// - Note: Follows Elixir's `Task.yield_many/2`.
  public static func yieldMany(
    _ tasks: [ProcessTask], timeout: Duration? = .seconds(5)
  ) async throws -> [Result<Value, ExitReason>?] {
    guard let process = try tasks.first?.ownersContext() else { return [] }
    let deadline = timeout.map { process.runtime.now + $0 }
    var outcomes: [Result<Value, ExitReason>?] = []
    for task in tasks {
      let left = deadline.map { max(.zero, $0 - process.runtime.now) }
      outcomes.append(try await task.yield(timeout: left))
    }
    return outcomes
  }
}

// MARK: -

extension ProcessTask {
  /// The owner as its own code sees it: proof that it is the owner who asks.
  func ownersContext() throws(TaskError) -> ProcessContext {
    let caller = Runtime.current
    guard let caller, caller.pid == owner else {
      throw .notOwner(task: pid, owner: owner, caller: caller?.pid)
    }
    return ProcessContext(cell: caller)
  }

  private func failure(_ reason: ExitReason, after timeout: Duration?) -> CallError {
    CallError(.await, .pid(pid), timeout: timeout, reason: reason)
  }
}

extension ProcessContext {
  /// Takes the message that a monitor has fired; nil when it hasn't after `timeout`.
  fileprivate func takeDown(_ ref: MonitorRef, timeout: Duration?) async throws -> ExitReason? {
    try await receive(timeout: timeout) { info in
      if case .down(let down) = info, down.ref == ref { down.reason } else { nil }
    }
  }
}
