internal import CPlatform
internal import Synchronization

/// One thread that runs processes, and the work that waits for it.
///
/// What a process wakes goes to the end of the queue, from which idle workers steal. When nothing else waits, it
/// goes into the *next* place, out of their reach: two processes that talk with each other stay on one worker,
/// without any other being woken. When more waits, turns are taken: whoever is sent many messages finds
/// several at once, rather than be run for each.
///
/// Invariants, all under `lock` but where said:
/// 1. Work is in one place once, and taken once. The next place and the queue are filled by the worker's own thread,
///    without the lock (`NextPlace`, `WorkQueue`), and emptied under the lock.
/// 2. The next place is filled only while the queue is empty, and emptied first: work is done in the order in which
///    it came.
/// 3. `turn` changes whenever the worker takes work: who sees the same turn twice knows it is still at it.
///
/// `@unchecked Sendable`: by the lock; `captured`, `peers` and `policy` are the thread's own.
final class Worker: @unchecked Sendable {
  let number: Int
  private unowned(unsafe) let threads: ThreadScheduler
  private let lock = Lock()
  /// The next place: see `NextPlace`.
  private let next = NextPlace()
  private let queue = WorkQueue()
  @exclusivity(unchecked) private var turn: UInt64 = 0
  /// In which turn it looks at others' work again, whatever it has of its own.
  @exclusivity(unchecked) private var nextLook: UInt64 = 0
  /// How much it has done: letters handled, and pieces of work of other kinds begun. Written by its own thread, so
  /// without a read-modify-write; read by others.
  private let doneCount = Atomic<UInt64>(0)
  /// By its number, since it may be gone already, and another be where it was. The carrier is there until the turn ends.
  @exclusivity(unchecked) private var running: (serial: UInt64, carrier: Unmanaged<Carrier>)?
  @exclusivity(unchecked) private var runsDead = false
  /// It runs something, rather than looking for work or sleeping.
  @exclusivity(unchecked) private var isAtWork = false
  /// Taken out of the settlement's counts, since it runs the code of a process that is dead.
  @exclusivity(unchecked) private var isDiscounted = false
  /// Another has taken its place, since it did not come back; it ends when it does.
  @exclusivity(unchecked) private var isReplaced = false

  /// Whether there is anything in the way of the next turn: news, the death of what runs, the scheduler's end. Set under
  /// the lock.
  private let isDisturbed = Atomic(false)
  /// The clock of its thread's processor time; 0 where there is none.
  private let processorClock = Atomic<Int64>(0)

  /// The other workers, as its own thread knows them: see `ThreadScheduler.peers`.
  @exclusivity(unchecked) var peers: (roster: Int, workers: [Worker]) = (0, [])
  /// Whether it takes work from them.
  @exclusivity(unchecked) var policy = StealingPolicy()

  @exclusivity(unchecked) private var isCapturing = false
  @exclusivity(unchecked) private var captured: (job: UnownedJob, carrier: Unmanaged<Carrier>)?

  init(number: Int, of threads: ThreadScheduler) {
    self.number = number
    self.threads = threads
  }

  /// The worker that the calling thread is; nil on other threads.
  static var current: Worker? {
    get { cplatform_worker_get().map { Unmanaged<Worker>.fromOpaque($0).takeUnretainedValue() } }
    set { cplatform_worker_set(newValue.map { Unmanaged.passUnretained($0).toOpaque() }) }
  }

  /// The same, not retained: for a glance.
  @inline(__always)
  static var currentReference: Unmanaged<Worker>? {
    cplatform_worker_get().map { Unmanaged.fromOpaque($0) }
  }

  /// Does something as if the calling thread were no worker: what that makes is queued for all.
  static func withoutCurrent(_ body: () -> Void) {
    let worker = cplatform_worker_get()
    cplatform_worker_set(nil)
    body()
    cplatform_worker_set(worker)
  }

  /// Lets `body` have the calling thread's worker, not retained; nil when it has none.
  static func withCurrent<Result>(_ body: (Worker) -> Result) -> Result? {
    currentReference.map { $0._withUnsafeGuaranteedRef(body) }
  }

  /// Whether it is one of the scheduler's.
  @inline(__always)
  func belongs(to scheduler: ThreadScheduler) -> Bool { threads === scheduler }

  // MARK: The worker's own thread

  /// Makes work that the worker itself has made its next, if there is none; false when there is.
  @inline(__always)
  func fillNext(with work: Work) -> Bool {
    queue.isEmpty && next.fill(with: work)
  }

  /// Adds work that the worker itself has made, for which there is no room in the next place: now there is enough for
  /// another worker.
  @inline(__always)
  func push(_ work: Work) {
    while !queue.append(work) { lock.withLock { queue.grow() } }
  }

  /// Adds work behind all other; true when there is enough for another worker.
  func pushLast(_ work: Work) -> Bool {
    push(work)
    return next.isFilled || queue.count > 1
  }

  var done: UInt64 { doneCount.load(ordering: .relaxed) }

  /// So much more has been done in this turn than is counted with each.
  @inline(__always)
  func countDone(_ count: Int) { doneCount.store(done &+ UInt64(count), ordering: .relaxed) }

  /// Ends a turn: what ran has come to its end or has left the thread.
  ///
  /// - Parameter looksAround: The worker is about to look at others' work, and does so again after 64 pieces of its own at
  ///   most, lest it starve them.
  /// - Returns: False when it was killed meanwhile. Its killer cancels the carrier's task, so nothing else may
  ///   run on that.
  @discardableResult
  func endTurn(looksAround: Bool = false) -> Bool {
    lock.withLock {
      turn &+= 1
      if looksAround { nextLook = turn &+ 64 }
      running = nil
      isAtWork = false
      defer { runsDead = false }
      return !runsDead
    }
  }

  /// Ends a turn and takes work of the worker's own, as most of the time. Nil when there is none, or more to be done first.
  @inline(__always)
  func takeNext(for carrier: Carrier) -> Work? {
    lock.withLock {
      guard turn < nextLook, !isDisturbed.load(ordering: .relaxed) else { return nil }
      return takeLocked(for: carrier)
    }
  }

  /// Takes work of the worker's own, between two turns.
  func takeOwn(for carrier: Carrier) -> Work? { lock.withLock { takeLocked(for: carrier) } }

  @inline(__always)
  private func takeLocked(for carrier: Carrier) -> Work? {
    guard let work = next.empty() ?? queue.popFirst() else { return nil }
    beginLocked(work, on: carrier)
    return work
  }

  /// Notes what the worker runs, when that came from elsewhere.
  func begin(_ work: Work, on carrier: Carrier) {
    lock.withLock { beginLocked(work, on: carrier) }
  }

  @inline(__always)
  private func beginLocked(_ work: Work, on carrier: Carrier) {
    turn &+= 1
    isAtWork = true
    countDone(1)
    switch work {
    case .process(let cell):
      let serial = cell._withUnsafeGuaranteedRef { $0.pid.serial }
      running = (serial, .passUnretained(carrier))
    case .job(_, let owner):
      let process = owner._withUnsafeGuaranteedRef { $0.process }
      running = process.map { ($0._withUnsafeGuaranteedRef { $0.pid.serial }, owner) }
    }
  }

  /// Resumes code in such a way that its job runs at once, here.
  func runAtOnce(_ resume: () -> Void) {
    if let (job, carrier) = collect(resume) { carrier.takeUnretainedValue().resume(job) }
  }

  /// Resumes code, and has its job rather than let it be enqueued; nil when it is another executor's, or needs none.
  @inline(__always)
  func collect(_ resume: () -> Void) -> (job: UnownedJob, carrier: Unmanaged<Carrier>)? {
    isCapturing = true
    resume()
    isCapturing = false
    return captured.take()
  }

  /// Has a job run that was collected.
  @inline(__always)
  func enqueue(_ job: UnownedJob, of carrier: Unmanaged<Carrier>) {
    let work = Work.job(job, carrier)
    // As most of the time.
    if carrier._withUnsafeGuaranteedRef({ $0.isOf(threads) }), fillNext(with: work) { return }
    carrier._withUnsafeGuaranteedRef { $0.schedule(job) }
  }

  /// Keeps a job for `collect`; false when nobody there waits for it.
  func capture(_ job: UnownedJob, _ carrier: Carrier) -> Bool {
    guard isCapturing else { return false }
    isCapturing = false
    captured = (job, .passUnretained(carrier))
    return true
  }

  /// What happened to the worker while it was away; nil when nothing did.
  func takeNews() -> (isReplaced: Bool, wasDiscounted: Bool)? {
    guard isDisturbed.load(ordering: .relaxed) else { return nil }
    return lock.withLock {
      defer {
        isDiscounted = false
        // The end stays in the way.
        isDisturbed.store(threads.isStopping, ordering: .relaxed)
      }
      return (isReplaced, isDiscounted)
    }
  }

  /// The scheduler is to end.
  func tellOfStop() { lock.withLock { isDisturbed.store(true, ordering: .relaxed) } }

  // MARK: Others

  var isEmpty: Bool { lock.withLock { !next.isFilled && queue.isEmpty } }
  /// Whether there is anything to steal.
  var hasSurplus: Bool { !queue.isEmpty }

  /// Gives half of the queue to a thief, the calling thread's worker, but not more than a lock may be held for: the first for it to run at once, the
  /// rest for its own queue.
  func give(to thief: Worker) -> Work? {
    withUnsafeTemporaryAllocation(of: Work.self, capacity: Self.loot) { loot in
      var count = 0
      lock.withLock {
        let half = (queue.count + 1) / 2
        while count < min(half, Self.loot), let work = queue.popFirst() {
          loot.initializeElement(at: count, to: work)
          count += 1
        }
      }
      for index in 1..<max(1, count) { thief.push(loot[index]) }
      return count > 0 ? loot[0] : nil
    }
  }

  /// So many that they surely find room on the stack.
  private static let loot = 64

  /// Learns that a process has died; returns the carrier if it is the one that runs here.
  func noteDeath(of process: ProcessCell) -> Carrier? {
    lock.withLock {
      guard let running, running.serial == process.pid.serial else { return nil }
      runsDead = true
      isDisturbed.store(true, ordering: .relaxed)
      return running.carrier.takeUnretainedValue()
    }
  }

  /// The calling thread is the worker's.
  func noteThread() { processorClock.store(cplatform_cpu_clock(), ordering: .relaxed) }

  /// How long its thread has run on a processor, in nanoseconds; nil where nobody knows.
  var processorTime: Int64? {
    let time = cplatform_cpu_time(processorClock.load(ordering: .relaxed))
    return time < 0 ? nil : time
  }

  /// What a watcher needs to know: whether the worker is still at the same piece of work. Nil when it is at
  /// none.
  var currentTurn: UInt64? { lock.withLock { isAtWork ? turn : nil } }

  /// If the worker is still in `turn`, takes its work away; nil when it has come back.
  func takeAway(ifIn turn: UInt64) -> [Work]? {
    lock.withLock { self.turn == turn ? drainLocked() : nil }
  }

  var hasSuccessor: Bool { lock.withLock { isReplaced } }

  /// Another has taken its place: it is to end when it comes back.
  func endSoon() {
    lock.withLock {
      isReplaced = true
      isDisturbed.store(true, ordering: .relaxed)
    }
  }

  /// If the worker is still in `turn` and what it runs is dead, stops counting it; true when it did.
  func discount(ifIn turn: UInt64) -> Bool {
    lock.withLock {
      guard self.turn == turn, !isDiscounted, runsDead else { return false }
      isDiscounted = true
      isDisturbed.store(true, ordering: .relaxed)
      return true
    }
  }

  func drain() -> [Work] { lock.withLock { drainLocked() } }

  private func drainLocked() -> [Work] {
    var works: [Work] = []
    if let work = next.empty() { works.append(work) }
    while let work = queue.popFirst() { works.append(work) }
    return works
  }
}
