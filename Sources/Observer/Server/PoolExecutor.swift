internal import NIOPosix

/// Runs tasks on the server's own threads.
///
/// Swift's shared threads may all be held up by the very code that one wants to look into: a task there would wait until
/// they have done. Here `state` and actions go on.
final class PoolExecutor: TaskExecutor {
  private let pool: NIOThreadPool

  init(_ pool: NIOThreadPool) { self.pool = pool }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // Also when the pool ends, or whoever awaits the task would wait forever.
    pool.submit { _ in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
