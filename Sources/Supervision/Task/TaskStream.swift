public import Processes

/// How a stream of tasks goes about it.
public struct TaskStreamOptions: Sendable, Hashable {
  /// What happens when a task takes too long. It is killed in any case.
  public enum TimeoutAction: Sendable, Hashable {
    /// The stream fails, and with it the other tasks.
    case exit
    /// Its result is the failure `timeout`.
    case killTask
  }

  /// How many tasks run at a time; nil, as many as the runtime has worker threads.
  public var maxConcurrency: Int?
  /// Whether results come in the order of the inputs, or as soon as they are there.
  public var isOrdered: Bool
  /// How long each task may take; nil, forever.
  public var timeout: Duration?
  public var onTimeout: TimeoutAction

  public init(
    maxConcurrency: Int? = nil, isOrdered: Bool = true, timeout: Duration? = .seconds(5),
    onTimeout: TimeoutAction = .exit
  ) {
    precondition(maxConcurrency ?? 1 > 0, "maxConcurrency: at least one task has to run at a time")
    self.maxConcurrency = maxConcurrency
    self.isOrdered = isOrdered
    self.timeout = timeout
    self.onTimeout = onTimeout
  }
}

extension ProcessTask {
  /// Runs `body` for each of `inputs`, in tasks of their own, some at a time.
  ///
  ///     let pages = ProcessTask.asyncStream(by: process, over: urls, .init(maxConcurrency: 4)) {
  ///       process, url in try await fetch(url)
  ///     }
  ///     for try await page in pages { show(try page.get()) }
  ///
  /// Tasks are started when a result is asked for, so nothing runs before the loop, and little ahead
  /// of it. Leaving the loop early kills the tasks that run.
  ///
  /// - Parameter owner: The calling process, to which the tasks are linked.
  /// - Note: Follows Elixir's `Task.async_stream/3`.
  public static func asyncStream<Inputs: Sequence>(
    by owner: ProcessContext, over inputs: Inputs,
    _ options: TaskStreamOptions = TaskStreamOptions(),
    _ body: @escaping @Sendable (ProcessContext, Inputs.Element) async throws -> Value
  ) -> TaskStream<Inputs, Value> where Inputs.Element: Sendable {
    TaskStream(owner: owner, inputs: inputs, options: options) { input in
      async(by: owner) { process in try await body(process, input) }
    }
  }
}

/// The results of a function for many inputs, computed by tasks: see `ProcessTask.asyncStream`.
///
/// Each element is a value, or the reason for which a task ended without one. An owner that doesn't
/// trap exits sees no such reason of a linked task: that failure takes it along.
///
/// Iterating throws `CallError` when a task takes too long, `StartError.limitReached` when a
/// `TaskSupervisor` has no room, `TaskError.notOwner`, and `ProcessEnded`.
public struct TaskStream<Inputs: Sequence, Value: Sendable>: AsyncSequence
where Inputs.Element: Sendable {
  public typealias Element = Result<Value, ExitReason>

  let owner: ProcessContext
  let inputs: Inputs
  let options: TaskStreamOptions
  let start: (Inputs.Element) async throws -> ProcessTask<Value>

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

  public struct AsyncIterator: AsyncIteratorProtocol {
    private let stream: TaskStream
    private var inputs: Inputs.Iterator
    private var isDone = false
    private let tasks: StreamedTasks<Value>

    init(_ stream: TaskStream) {
      self.stream = stream
      inputs = stream.inputs.makeIterator()
      tasks = StreamedTasks(owner: stream.owner, options: stream.options)
    }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws -> Result<Value, ExitReason>? {
      guard !isDone else { return nil }
      do {
        try tasks.checkOwner()
        while true {
          if let result = tasks.window.takeNext() { return result }
          while tasks.window.hasRoom, let input = inputs.next() {
            tasks.add(try await stream.start(input))
          }
          if tasks.window.isIdle { break }
          try await tasks.waitForNews()
        }
      } catch {
        isDone = true
        tasks.killAll()
        throw error
      }
      isDone = true
      return nil
    }
  }
}

/// The running tasks of a stream. They end with it.
final class StreamedTasks<Value: Sendable> {
  private struct Running {
    var task: ProcessTask<Value>
    var timer: TimerRef?
  }

  private let owner: ProcessContext
  private let options: TaskStreamOptions
  var window: TaskWindow<Value>
  private var running: [MonitorRef: Running] = [:]
  /// Tasks that were killed since they took too long.
  private let late = Locked<Set<MonitorRef>>([])

  init(owner: ProcessContext, options: TaskStreamOptions) {
    self.owner = owner
    self.options = options
    window = TaskWindow(
      maxConcurrency: options.maxConcurrency ?? owner.runtime.workerCount,
      isOrdered: options.isOrdered)
  }

  deinit { killAll() }

  func checkOwner() throws(TaskError) {
    let caller = Runtime.current
    guard caller === owner.cell else {
      throw .notOwner(task: nil, owner: owner.pid, caller: caller?.pid)
    }
  }

  func add(_ task: ProcessTask<Value>) {
    window.start(task.ref)
    running[task.ref] = Running(task: task, timer: options.timeout.map { limit(task, $0) })
  }

  /// Kills a task that takes too long, on time, whatever its owner does meanwhile.
  private func limit(_ task: ProcessTask<Value>, _ timeout: Duration) -> TimerRef {
    owner.runtime.schedule(
      after: timeout
    ) { [late, runtime = owner.runtime, ref = task.ref, pid = task.pid, owner = owner.cell] in
      guard let cell = runtime.cell(.pid(pid)) else { return }
      late.withLock { _ = $0.insert(ref) }
      // Unlinked, since the owner decides what the timeout means to it.
      runtime.unlinkAndKill(cell, starter: owner)
    }
  }

  /// Waits until a task has sent its value or has ended.
  func waitForNews() async throws {
    let news = try await owner.receive { [window] info in
      info.taskRef.flatMap { window.isRunning($0) ? info : nil }
    }
    switch news {
    case .message(let result as TaskResult<Value>): window.keep(result.value, of: result.ref)
    case .down(let down): try end(down)
    default: break
    }
  }

  private func end(_ down: Down) throws {
    guard let ended = running.removeValue(forKey: down.ref) else { return }
    let task = ended.task
    if let timer = ended.timer { owner.runtime.cancel(timer) }
    forgetExit(of: task)
    let isLate = late.withLock { $0.remove(down.ref) != nil } && down.reason == .killed
    if isLate, options.onTimeout == .exit, !window.hasValue(down.ref) {
      throw CallError(.stream, .pid(task.pid), timeout: options.timeout, reason: .timeout)
    }
    window.end(down.ref, isLate ? .timeout : down.reason)
  }

  /// The stream tells how a task ended; an owner that traps exits is not to hear it twice.
  private func forgetExit(of task: ProcessTask<Value>) {
    owner.unlink(task.pid)
    // Others hear of none; and to look for one among a thousand results, for each of them, would take its time.
    guard owner.cell.mayHaveExits else { return }
    owner.cell.discard { info in
      if case .exit(let exit) = info { exit.sender == task.pid } else { false }
    }
  }

  /// Kills what runs, and takes its messages out of the mailbox.
  func killAll() {
    defer { running = [:] }
    // In the order of starting: a dictionary's own differs from run to run.
    for task in running.values.map(\.task).sorted(by: { $0.ref < $1.ref }) {
      if let timer = running[task.ref]?.timer { owner.runtime.cancel(timer) }
      // Elsewhere the owner is dead or going on without us, and its mailbox is not ours.
      let isOwner = Runtime.current === owner.cell
      if isOwner { owner.demonitor(task.ref, flush: true) }
      owner.unlinkAndExit(task.pid, .kill)
      guard isOwner else { continue }
      forgetExit(of: task)
      owner.cell.discard { info in
        if case .message = info { info.taskRef == task.ref } else { false }
      }
    }
  }
}
