public import Processes

extension ProcessTask {
  /// Runs a function in a process of its own and waits for its value: tasks for ordinary Swift code.
  ///
  /// Code outside any process has no mailbox for a result to arrive in, so starting and awaiting are
  /// one; Swift's own `async let` and task groups make several of them concurrent:
  ///
  ///     async let page = ProcessTask.run(in: runtime) { _ in try parse(text) }
  ///     async let image = ProcessTask.run(in: runtime) { process in try await load(process) }
  ///     show(try await page, try await image)
  ///
  /// Whatever ends the waiting ends the task, as a link would: the timeout, and the cancellation of
  /// the Swift task that waits. The task's failure ends the waiting with an error, not the caller.
  ///
  /// - Parameter timeout: How long to wait; nil, until the task has ended.
  /// - Returns: The value, when the task's process has ended.
  /// - Throws: `CallError` with the task's exit reason when it ends without a value, or with `timeout`;
  ///   `CancellationError`; `ProcessEnded` when a calling process is ended meanwhile.
  public static func run(
    in runtime: Runtime, label: String? = nil, timeout: Duration? = .seconds(5),
    _ body: @escaping Body
  ) async throws -> Value {
    let run = TaskRun<Value>(runtime, timeout: timeout)
    var options = SpawnOptions(taskLabel: label)
    options.caller = run.end.waiter
    let task = runtime.spawn(options, .function(run.keeping(body)), parent: Runtime.current)
    return try await run.value(of: task.pid)
  }
}

/// One task as somebody without a mailbox sees it: a place for its value, and its end.
struct TaskRun<Value: Sendable>: Sendable {
  private let runtime: Runtime
  private let timeout: Duration?
  private let timer: TimerRef?
  private let kept = Locked<Value?>(nil)
  /// Fails with the task's exit reason; to be the task's caller from its first moment.
  let end: Pending<Never>

  /// Begins to wait, before the task runs.
  init(_ runtime: Runtime, timeout: Duration?) {
    self.runtime = runtime
    self.timeout = timeout
    let end = Pending<Never>(runtime, owner: Runtime.current)
    self.end = end
    timer = timeout.map { timeout in
      runtime.schedule(after: timeout) { end.waiter.timeOut() }
    }
  }

  /// Waits no more: the task did not start.
  func giveUp() {
    if let timer { runtime.cancel(timer) }
  }

  /// A process body that keeps the value of `body` here.
  func keeping(_ body: @escaping ProcessTask<Value>.Body) -> ProcessTask<Void>.Body {
    { process in
      let value = try await body(process)
      kept.withLock { $0 = value }
    }
  }

  /// Waits for the end of the task; ends it when the wait ends first.
  func value(of task: PID) async throws -> Value {
    let outcome = await withTaskCancellationHandler {
      await end.wait()
    } onCancel: {
      stop(task, .shutdown)
    }
    if let timer { runtime.cancel(timer) }
    // One that traps exits may live on.
    runtime.cell(.pid(task))?.forget(caller: end.waiter)
    func failure(_ reason: ExitReason) -> CallError {
      CallError(.await, .pid(task), timeout: timeout, reason: reason)
    }
    switch outcome {
    case .failed(let reason):
      // Whatever it ended with, the value may have come before.
      if let value = kept.withLock({ $0 }) { return value }
      if _Concurrency.Task.isCancelled, reason == .shutdown { throw CancellationError() }
      throw failure(reason)
    case .timedOut:
      stop(task, failure(.timeout).exitReason)
      throw failure(.timeout)
    case .ownerEnded:
      stop(task, .shutdown)
      throw ProcessEnded()
    }
  }

  private func stop(_ task: PID, _ reason: ExitReason) {
    guard let cell = runtime.cell(.pid(task)) else { return }
    runtime.signal(cell, reason, sender: Runtime.current)
  }
}
