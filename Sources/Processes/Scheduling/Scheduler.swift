/// Something that can be run now.
package enum Work: Sendable {
  /// A process with letters, or one that is yet to start.
  case process(ProcessCell)
  /// The rest of a handler that had suspended; the carrier knows whose.
  case job(UnownedJob, Carrier)
}

/// The seam between what runs and where, when and in which order it runs.
///
/// A scheduler gets work and runs each piece once, each process on at most one thread at a time
/// (the process sees to that: it is not enqueued while it is active).
package protocol Scheduler: AnyObject, Sendable {
  /// Any thread. Never blocks on running code.
  func enqueue(_ work: Work)
  /// Begins to run work.
  func start()
  /// Stops running work. Does not wait for code that runs, since that may never end.
  func stop()
  /// How many threads run processes.
  var workerCount: Int { get }
  /// How many letters a process may handle before others get their turn.
  var budget: Int { get }
}
