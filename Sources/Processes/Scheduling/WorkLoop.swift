/// Where a worker gets its work from.
package protocol WorkSource: AnyObject, SendableMetatype {
  /// The next piece of work, if that is at hand and nothing in the way. Looks at nothing else: what ran is still the
  /// thread's `CurrentProcess`.
  func takeNext(on carrier: Carrier) -> Work?
  /// The next piece of work; looks around, and waits for it. Nil when there will be none.
  func lookAround(on carrier: Carrier) -> Work?
  /// The carrier's task has ended or was suspended: nothing of it runs on this thread any more.
  func leftCarrier()
  /// Whether there will be no more work.
  var isOver: Bool { get }
  var scheduler: any Scheduler { get }
}

extension WorkSource {
  /// A worker's life: one carrier after the other, a new one whenever a handler took the last along.
  func work() {
    while !isOver {
      let carrier = Carrier(scheduler: scheduler)
      // `self` waits for the task's first suspension or end, so it outlives what refers to it unowned.
      nonisolated(unsafe) unowned(unsafe) let source = self
      carrier.run { await source.carry(carrier) }
      withExtendedLifetime(carrier) { leftCarrier() }
      // A handler that suspended left its process behind as this thread's current one.
      CurrentProcess.reference = nil
    }
  }

  private func carry(_ carrier: Carrier) async {
    while let (cell, remains) = runNow(on: carrier) {
      carrier.process = cell
      CurrentProcess.reference = cell
      await cell.takeUnretainedValue().run(remains, on: carrier)
      CurrentProcess.reference = nil
      if carrier.isRetired { return }
      carrier.process = nil
    }
  }

  /// Does one piece of work after the other, as far as that goes without an `await`: most of it.
  ///
  /// - Returns: What does not, or nil when there is no more work for this carrier.
  @inline(never)
  private func runNow(
    on carrier: Carrier
  ) -> (process: Unmanaged<ProcessCell>, remains: ProcessCell.Remains)? {
    // The carrier of a job may end with it, also on another thread, if the code suspends again and is resumed there at
    // once. It is held until the turn is over: as long as the worker says that it runs this, somebody who kills a
    // process may ask for it.
    var resumed: Unmanaged<Carrier>?
    while true {
      var next = takeNext(on: carrier)
      if next == nil {
        if let held = resumed.take() {
          leftCarrier()
          held.release()
        }
        CurrentProcess.reference = nil
        next = lookAround(on: carrier)
      }
      guard let work = next else { return nil }
      resumed?.release()
      resumed = nil
      switch work {
      case .process(let reference):
        CurrentProcess.reference = reference
        let remains = reference._withUnsafeGuaranteedRef { cell in
          if cell.isReceiving {
            cell.resumeReceiver()
            return ProcessCell.Remains.nothing
          }
          return cell.runNow()
        }
        if case .nothing = remains { continue }
        return (reference, remains)
      case .job(let job, let owner):
        resumed = owner.retain()
        owner._withUnsafeGuaranteedRef { $0.resume(job) }
      }
    }
  }
}
