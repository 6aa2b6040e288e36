/// Something that can be run now. Nothing in it is retained: it is passed on often and lives shortly.
package enum Work: @unchecked Sendable {
  /// A process with letters, or one that is yet to start. Whoever has this is to run it, and a process is
  /// there until it has run (`ProcessTable`, invariant 1).
  case process(Unmanaged<ProcessCell>)
  /// The rest of a handler that had suspended; the carrier knows whose. The task that the job is of holds the
  /// carrier until it has ended.
  case job(UnownedJob, Unmanaged<Carrier>)

  static func process(_ cell: ProcessCell) -> Work { .process(.passUnretained(cell)) }
  static func job(_ job: UnownedJob, _ carrier: Carrier) -> Work {
    .job(job, .passUnretained(carrier))
  }
}

/// The seam between what runs and where, when and in which order it runs.
///
/// A scheduler gets work and runs each piece once, each process on at most one thread at a time
/// (the process sees to that: it is not enqueued while it is active).
package protocol Scheduler: AnyObject, Sendable {
  /// Any thread. Never blocks on running code.
  func enqueue(_ work: Work)
  /// The same for a process that is new or has had its turn: others come first, so that processes begin in
  /// the order in which they were spawned.
  func enqueueLast(_ work: Work)
  /// Begins to run work.
  func start(for settlement: Settlement)
  /// Stops running work. Does not wait for code that runs, since that may never end.
  func stop()
  /// The carrier on which a worker runs the process at this moment, if one does. For one that has died: the
  /// worker learns of it, and runs nothing else on that carrier, whose task may be cancelled.
  func carrier(running process: ProcessCell) -> Carrier?
  /// How many threads run processes.
  var workerCount: Int { get }
  /// How many letters a process may handle before others get their turn.
  var budget: Int { get }
  /// Whether nothing waits for the calling thread, which runs a process, but the code that asks. What waits for others
  /// is for the settlement to know. May say no also when it is so.
  var isCallerAlone: Bool { get }
  /// Whether a process may begin on its starter's stack, rather than in a turn of its own.
  var runsBeginningsAtOnce: Bool { get }
}

/// Work that a scheduler got when nobody will run anything any more.
func discard(_ work: Work) {
  guard case .process(let reference) = work else { return }
  let cell = reference.takeUnretainedValue()
  cell.runtime.end(cell, .killed, cause: nil)
  // One whose code is suspended stays as it is: that code will never go on.
  if !cell.isReceiving { cell.endUnrun() }
}
