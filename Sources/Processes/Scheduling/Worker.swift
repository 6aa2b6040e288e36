/// Where a worker gets its work from.
package protocol WorkSource: Scheduler {
  /// The next piece of work; waits for it. Nil when there will be none.
  func next() -> Work?
  /// Whether there will be no more work.
  var isOver: Bool { get }
}

extension WorkSource {
  /// A worker's life: one carrier after the other, a new one whenever a handler took the last along.
  func work() {
    while !isOver {
      let carrier = Carrier(scheduler: self)
      carrier.run { [self] in await carry(carrier) }
      // A handler that suspended left its process behind as this thread's current one.
      CurrentProcess.cell = nil
    }
  }

  private func carry(_ carrier: Carrier) async {
    while let work = next() {
      switch work {
      case .process(let cell):
        carrier.process = cell
        CurrentProcess.cell = cell
        await cell.run(on: carrier)
        CurrentProcess.cell = nil
        if carrier.isRetired { return }
        carrier.process = nil
        // A cancelled task would cancel the next process's waits, too.
        if _Concurrency.Task.isCancelled { return }
      case .job(let job, let owner):
        owner.resume(job)
      }
    }
  }
}
