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
///    carrier is retired; jobs read it while a handler is suspended or waits for its children. The
///    process outlives its code; a retired carrier keeps it, since it looks at it even after that.
/// 2. The first `enqueue` is the start of the task, on the worker's own thread. Every later one means
///    that the handler suspends or has child tasks: the carrier is retired before that job can run.
/// 3. `isOver` is set when the handler that retired the carrier has ended, under that process's lock.
package final class Carrier: TaskExecutor, @unchecked Sendable {
  private let scheduler: any Scheduler
  /// This, as Swift's runtime knows it: to make that anew for each job would take three calls.
  @exclusivity(unchecked) private var asExecutor: UnownedTaskExecutor?
  private var start: UnownedJob?
  private let hasStarted = Atomic(false)
  private let hasEnded = Atomic(false)
  private let retired = Atomic(false)

  /// Whose code runs, see invariant 1.
  @exclusivity(unchecked) var process: Unmanaged<ProcessCell>?
  private var keptProcess: ProcessCell?
  /// To cancel what a killed process still runs. Set before the task begins.
  private(set) var task: _Concurrency.Task<Void, Never>?
  /// Whether the process knows that its handler suspended here.
  let isKnown = Atomic(false)
  /// See invariant 3.
  var isOver = false

  init(scheduler: any Scheduler) {
    self.scheduler = scheduler
    asExecutor = asUnownedTaskExecutor()
  }

  /// Whether the carrier belongs to a handler that suspended, and must end after it.
  var isRetired: Bool { retired.load(ordering: .acquiring) }

  /// Runs `body` on this thread until it ends or suspends for the first time.
  func run(_ body: @escaping @Sendable () async -> Void) {
    task = _Concurrency.Task(executorPreference: self) { [self] in
      await body()
      hasEnded.store(true, ordering: .releasing)
    }
    if let start { runJob(start) }
    // In this order: a handler that suspended may have been resumed, and `body` have ended, elsewhere.
    let isSuspended = !hasEnded.load(ordering: .acquiring)
    if isSuspended || isRetired { leftThread() }
  }

  /// Runs one resumed job of this carrier on this thread, which runs no process at the moment.
  func resume(_ job: UnownedJob) {
    CurrentProcess.reference = process
    runJob(job)
    CurrentProcess.reference = nil
    leftThread()
  }

  @inline(__always)
  private func runJob(_ job: UnownedJob) {
    job.runSynchronously(on: asExecutor.unsafelyUnwrapped)
  }

  private func leftThread() {
    process?._withUnsafeGuaranteedRef { $0.leftThread(on: self) }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if !isRetired {
      guard hasStarted.load(ordering: .acquiring) else {
        hasStarted.store(true, ordering: .releasing)
        start = job
        return
      }
      retire()
    }
    if Worker.withCurrent({ $0.capture(job, self) }) ?? false { return }
    schedule(job)
  }

  /// Has a worker run a job of this carrier.
  func schedule(_ job: UnownedJob) { scheduler.enqueue(.job(job, self)) }

  /// Whether it is this scheduler's.
  @inline(__always)
  func isOf(_ threads: ThreadScheduler) -> Bool { scheduler === threads }

  private func retire() {
    guard !retired.exchange(true, ordering: .acquiringAndReleasing) else { return }
    keptProcess = process?.takeUnretainedValue()
  }
}
