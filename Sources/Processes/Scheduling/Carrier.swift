internal import Synchronization

/// The task on which a worker runs handlers, one after another, without a task for each.
///
/// A handler is `async`, so it needs a task under it; but most handlers never suspend. A worker's
/// loop therefore runs *inside* a task, the carrier's, and awaits each handler there: a handler that
/// returns without suspending costs no task. When one does suspend, the thread comes back to the
/// worker, which goes on with a new carrier; the old one belongs to the suspended handler, resumes
/// with it, and ends after it.
///
/// The carrier is also the executor of its task (and of child tasks that the handler makes), so every
/// job can be charged to the process whose code it is.
///
/// Invariants:
/// 1. `process` is written only by the carrier's own loop, between handlers, and no more once the
///    carrier is retired; jobs read it while a handler is suspended or waits for its children.
/// 2. The first `enqueue` is the start of the task, on the worker's own thread. Every later one means
///    that the handler suspends or has child tasks: the carrier is retired before that job can run.
/// 3. Each piece of a process's code, from being enqueued to leaving its thread, is counted in
///    `ProcessCell.pieces`: the first by `ProcessCell.run`, which also counts it out unless the carrier
///    was retired meanwhile; then, and for every resumed piece, the carrier does.
package final class Carrier: TaskExecutor, @unchecked Sendable {
  private let scheduler: any Scheduler
  private var start: UnownedJob?
  private let hasStarted = Atomic(false)
  private let retired = Atomic(false)
  private let hasEnded = Atomic(false)

  /// Whose code runs, see invariant 1.
  var process: ProcessCell?
  /// To cancel what a killed process still runs. Set before the task begins.
  private(set) var task: _Concurrency.Task<Void, Never>?

  init(scheduler: any Scheduler) {
    self.scheduler = scheduler
  }

  /// Whether the carrier belongs to a handler that suspended, and must end after it.
  var isRetired: Bool { retired.load(ordering: .acquiring) }

  /// Runs `body` on this thread until it ends or suspends for the first time.
  func run(_ body: @escaping @Sendable () async -> Void) {
    task = _Concurrency.Task(executorPreference: self) { [self] in
      await body()
      hasEnded.store(true, ordering: .releasing)
    }
    start?.runSynchronously(on: asUnownedTaskExecutor())
    // In this order: a handler that suspended may have been resumed, and `body` have ended, elsewhere.
    let isSuspended = !hasEnded.load(ordering: .acquiring)
    if isSuspended || isRetired { process?.endPiece() }
  }

  /// Runs one resumed job of this carrier on this thread, which runs no process at the moment.
  func resume(_ job: UnownedJob) {
    CurrentProcess.cell = process
    job.runSynchronously(on: asUnownedTaskExecutor())
    CurrentProcess.cell = nil
    process?.endPiece()
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if hasStarted.exchange(true, ordering: .acquiringAndReleasing) {
      retired.store(true, ordering: .releasing)
      process?.beginPiece()
      scheduler.enqueue(.job(job, self))
    } else {
      start = job
    }
  }
}
