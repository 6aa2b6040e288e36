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
/// 1. `process` is written only by the carrier's own loop, between handlers; jobs read it while a
///    handler is suspended or waits for its children.
/// 2. The first `enqueue` is the start of the task, on the worker's own thread. Every later one means
///    that the handler suspended: the carrier is retired before that job can run.
package final class Carrier: TaskExecutor, @unchecked Sendable {
  private let scheduler: any Scheduler
  private var start: UnownedJob?
  private let hasStarted = Atomic(false)
  private let retired = Atomic(false)

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
    task = _Concurrency.Task(executorPreference: self, operation: body)
    start?.runSynchronously(on: asUnownedTaskExecutor())
  }

  /// Runs one resumed job of this carrier on this thread, which runs no process at the moment.
  func resume(_ job: UnownedJob) {
    CurrentProcess.cell = process
    job.runSynchronously(on: asUnownedTaskExecutor())
    CurrentProcess.cell = nil
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if hasStarted.exchange(true, ordering: .acquiringAndReleasing) {
      retired.store(true, ordering: .releasing)
      scheduler.enqueue(.job(job, self))
    } else {
      start = job
    }
  }
}
