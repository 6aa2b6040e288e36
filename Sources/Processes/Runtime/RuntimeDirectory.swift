/// The runtimes that run, by number: so that a handle on a process can be a plain value.
///
/// A handle that held its runtime would count that one's references with each message it is copied into: two
/// atomic operations, on one word that all workers share. A process finds its own runtime without this directory;
/// only code outside of processes comes here.
package enum RuntimeDirectory {
  private static let runtimes = Locked<[UInt32: Runtime]>([:])

  /// Where handles lead whose runtime was shut down: nobody is there, and nothing starts.
  private static let nowhere: Runtime = {
    let runtime = Runtime(.init(), scheduler: NoScheduler(), timers: SystemTimers())
    runtime.shutdown()
    return runtime
  }()

  static func add(_ runtime: Runtime) { runtimes.withLock { $0[runtime.number] = runtime } }

  static func remove(_ runtime: Runtime) {
    // Released after the lock.
    let removed = runtimes.withLock { $0.removeValue(forKey: runtime.number) }
    _ = removed
  }

  /// The runtime of this number, or one without processes when it was shut down.
  package static func find(_ number: UInt32) -> Runtime {
    if let own = CurrentProcess.cell?.runtime, own.number == number { return own }
    return runtimes.withLock { $0[number] } ?? nowhere
  }
}

/// Runs nothing.
private final class NoScheduler: Scheduler {
  let workerCount = 0
  let budget = 1
  let runsBeginningsAtOnce = false
  let isCallerAlone = false

  func enqueue(_ work: Work) { discard(work) }
  func enqueueLast(_ work: Work) { discard(work) }
  func start(for settlement: Settlement) {}
  func stop() {}
  func carrier(running process: ProcessCell) -> Carrier? { nil }
}
