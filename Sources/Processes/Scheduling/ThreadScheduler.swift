internal import CPlatform
internal import Synchronization

/// Worker threads, each with work of its own, that steal from each other when they have none.
///
/// Work that a worker makes stays with it; work from outside goes into a shared queue. An idle worker looks
/// around for a moment before it goes to sleep, and is woken only when another has more than it can do at
/// once, so that two processes that talk with each other don't wake anybody. Where stealing gets less
/// done, it *dozes* a millisecond at a time instead (`StealingPolicy`).
///
/// A *watch* looks at the workers while any is awake: one that has been at the same piece of work for two of
/// its beats and has run meanwhile, or for twenty in which it waited in the system, while others wait, is *stuck*, and
/// gets a replacement that takes over its queue; the stuck one ends when it comes back.
///
/// Invariants:
/// 1. `workers`, `shared`, `sleeping`, `permits`, `isStopped` are under `room`; the atomics repeat them for
///    those who only want to know whether it is worth a look.
/// 2. Work is queued before the searchers and the sleepers are looked at, and a worker counts itself a
///    searcher or sleeper before it looks at the queues a last time (both sequentially consistent): one of the
///    two sees the other, so no work is left lying while a worker sleeps. Of what a worker queues for itself it may be
///    that neither sees the other: that is done by itself, or by whom the watch gives it to.
/// 3. Each worker that is awake and neither searches nor dozes is counted in the settlement; whoever wakes a sleeper
///    counts it in on its behalf.
/// 4. Whoever is enqueued on a worker waits for one turn, of at most `budget` letters, of each that was enqueued there
///    before; whoever is enqueued from outside besides for at most 64 turns of the first worker that is free. A worker
///    that dozes is free a millisecond later.
///
/// `@unchecked Sendable`: the mutable fields are touched under `room` only.
package final class ThreadScheduler: Scheduler, @unchecked Sendable {
  package let workerCount: Int
  package let budget = 256
  package let runsBeginningsAtOnce = true

  private let room = WaitingRoom()
  private let watchRoom = WaitingRoom()
  /// Where workers doze.
  private let bedroom = WaitingRoom()
  private var workers: [Worker] = []
  private var shared = Ring<Work>()
  private var sleeping = 0
  private var permits = 0
  private var isStopped = false
  private var lastNumber = 0
  private var isWatchAsleep = false

  private let sharedCount = Atomic(0)
  private let sleepingCount = Atomic(0)
  private let searching = Atomic(0)
  private let dozing = Atomic(0)
  private let stopped = Atomic(false)
  /// Changes with `workers`.
  private let roster = Atomic(0)
  /// The runtime's; set before anything runs.
  private var settlement: Settlement?

  package init(workers: Int) {
    workerCount = max(1, workers)
  }

  package func start(for settlement: Settlement) {
    self.settlement = settlement
    for _ in 0..<workerCount {
      let started = startWorker()
      precondition(
        started || lastNumber > 1, "the system has no thread left for the runtime's first worker")
    }
    OSThread.start(name: "watch", stackSize: 256 << 10) { [self] in watch() }
  }

  /// Starts a worker, counted as awake.
  private func startWorker() -> Bool {
    let worker = room.withLock { () -> Worker in
      lastNumber += 1
      let worker = Worker(number: lastNumber, of: self)
      workers.append(worker)
      roster.add(1, ordering: .releasing)
      if isStopping { worker.tellOfStop() }
      return worker
    }
    settlement?.enter()
    let started = OSThread.start(name: "worker-\(worker.number)") { [self] in
      let source = WorkerSource(worker: worker, threads: self)
      Worker.current = worker
      worker.noteThread()
      cplatform_blocks_begin()
      source.work()
      cplatform_blocks_end()
      Worker.current = nil
      worker.peers = (0, [])
      forget(worker)
      settlement?.leave()
    }
    if !started {
      forget(worker)
      settlement?.leave()
    }
    return started
  }

  private func forget(_ worker: Worker) {
    let isLast = room.withLock {
      workers.removeAll { $0 === worker }
      roster.add(1, ordering: .releasing)
      return workers.isEmpty
    }
    for work in worker.drain() { enqueueShared(work) }
    // Whoever woke it for some work relies on its being done.
    if sharedCount.load(ordering: .sequentiallyConsistent) > 0 {
      room.withLock { wakeOneLocked() }
    }
    if isLast, isStopping { close() }
  }

  package var isCallerAlone: Bool {
    guard let worker = Worker.currentReference else { return false }
    return worker._withUnsafeGuaranteedRef { $0.belongs(to: self) && $0.isEmpty }
  }

  package func stop() {
    stopped.store(true, ordering: .sequentiallyConsistent)
    room.withLock {
      for worker in workers { worker.tellOfStop() }
      room.wakeAll()
    }
    watchRoom.withLock { watchRoom.wakeAll() }
  }

  /// Whether the workers are to end once they have nothing left to do: by then all processes are dead, and
  /// what waits is code of theirs that has to unwind.
  var isStopping: Bool { stopped.load(ordering: .acquiring) }

  /// The last of the workers has ended: nobody will run anything any more.
  private func close() {
    let left = room.withLock { () -> [Work] in
      isStopped = true
      var left: [Work] = []
      while let work = shared.popFirst() { left.append(work) }
      return left
    }
    for work in left {
      discard(work)
      settlement?.leave()
    }
  }

  package func carrier(running process: ProcessCell) -> Carrier? {
    for worker in room.withLock({ workers }) {
      if let carrier = worker.noteDeath(of: process) { return carrier }
    }
    return nil
  }

  // MARK: Adding work

  package func enqueue(_ work: Work) {
    guard let worker = Worker.currentReference,
      worker._withUnsafeGuaranteedRef({ $0.belongs(to: self) })
    else { return enqueueShared(work) }
    // As most of the time: the worker has nothing else to do next.
    if worker._withUnsafeGuaranteedRef({ $0.fillNext(with: work) }) { return }
    worker._withUnsafeGuaranteedRef { $0.push(work) }
    wakeForSurplus()
  }

  package func enqueueLast(_ work: Work) {
    guard let worker = Worker.currentReference,
      worker._withUnsafeGuaranteedRef({ $0.belongs(to: self) })
    else { return enqueueShared(work) }
    if worker._withUnsafeGuaranteedRef({ $0.pushLast(work) }) { wakeForSurplus() }
  }

  private func enqueueShared(_ work: Work) {
    // Counted while it lies there: a worker that only searches is not.
    settlement?.enter()
    let isTooLate = room.withLock { () -> Bool in
      guard !isStopped else { return true }
      shared.append(work)
      sharedCount.store(shared.count, ordering: .sequentiallyConsistent)
      if searching.load(ordering: .sequentiallyConsistent) == 0 { wakeOneLocked() }
      return false
    }
    guard isTooLate else { return }
    discard(work)
    settlement?.leave()
  }

  /// There is more work than the calling worker can do at once.
  @inline(__always)
  private func wakeForSurplus() {
    guard sleepingCount.load(ordering: .sequentiallyConsistent) > 0,
      searching.load(ordering: .sequentiallyConsistent) == 0
    else { return }
    room.withLock { wakeOneLocked() }
  }

  private func wakeOneLocked() {
    guard sleeping > 0 else { return }
    sleeping -= 1
    sleepingCount.store(sleeping, ordering: .sequentiallyConsistent)
    permits += 1
    settlement?.enter()
    room.wakeOne()
  }

  // MARK: Looking for work

  /// Work from the shared queue or another worker; the rest of what was stolen goes to `worker`.
  fileprivate func find(for worker: Worker) -> Work? {
    if sharedCount.load(ordering: .sequentiallyConsistent) > 0 {
      let work = room.withLock { () -> Work? in
        let work = shared.popFirst()
        sharedCount.store(shared.count, ordering: .sequentiallyConsistent)
        return work
      }
      if let work {
        settlement?.leave()
        return work
      }
    }
    let peers = peers(of: worker)
    guard peers.contains(where: \.hasSurplus),
      worker.policy.allowsStealing(at: Lock.now, done: done(by: worker))
    else { return nil }
    for other in peers where other.hasSurplus {
      if let work = other.give(to: worker) { return work }
    }
    return nil
  }

  /// How much all workers have done, as far as the calling one, this, knows them.
  private func done(by worker: Worker) -> UInt64 {
    peers(of: worker).reduce(worker.done) { $0 &+ $1.done }
  }

  /// The workers besides this one, which is the calling thread's.
  private func peers(of worker: Worker) -> [Worker] {
    let roster = roster.load(ordering: .acquiring)
    if worker.peers.roster != roster {
      worker.peers = (roster, room.withLock { workers.filter { $0 !== worker } })
    }
    return worker.peers.workers
  }

  fileprivate func countIn() { settlement?.enter() }

  private func isWorthALook(for worker: Worker) -> Bool {
    hasNewsForAll || peers(of: worker).contains { $0.hasSurplus }
  }

  private var hasNewsForAll: Bool {
    sharedCount.load(ordering: .sequentiallyConsistent) > 0 || isStopping
  }

  /// Waits until there may be work. The worker has none of its own, and is counted in before and after.
  fileprivate func rest(_ worker: Worker) {
    let now = Lock.now
    if now < worker.policy.restsUntil {
      return doze(worker, until: min(worker.policy.restsUntil, now + Self.longestDoze))
    }
    // Not counted while it searches: what it might find is counted with whoever has it now.
    searching.add(1, ordering: .sequentiallyConsistent)
    settlement?.leave()
    if search(for: worker) {
      settlement?.enter()
      searching.subtract(1, ordering: .sequentiallyConsistent)
      return
    }
    room.withLock {
      sleeping += 1
      sleepingCount.store(sleeping, ordering: .sequentiallyConsistent)
    }
    searching.subtract(1, ordering: .sequentiallyConsistent)
    // Invariant 2; and the settlement may have made work.
    let mayBeWork = !worker.isEmpty || isWorthALook(for: worker)
    room.withLock {
      if mayBeWork, sleeping > 0 {
        // Takes its own, or anybody's, place among the sleepers back.
        sleeping -= 1
        sleepingCount.store(sleeping, ordering: .sequentiallyConsistent)
        settlement?.enter()
        return
      }
      while permits == 0, !isStopping { room.wait() }
      if permits > 0 { permits -= 1 } else { settlement?.enter() }
    }
    wakeWatch()
  }

  /// Rests from stealing: others get more done alone. Nobody wakes it, since nobody is to think of it while it lasts,
  /// a millisecond at most; what comes from outside meanwhile is for the others, or waits for its end.
  private func doze(_ worker: Worker, until moment: Int64) {
    let done = done(by: worker)
    dozing.add(1, ordering: .relaxed)
    settlement?.leave()
    // The settlement may have made work. In a room of its own: the other's signals are for sleepers.
    if worker.isEmpty, !hasNewsForAll { bedroom.withLock { bedroom.wait(until: moment) } }
    settlement?.enter()
    dozing.subtract(1, ordering: .relaxed)
    // Who waits behind something long is waiting for nothing.
    if self.done(by: worker) == done { worker.policy.forget() }
  }

  private static let longestDoze: Int64 = 1_000_000

  /// Looks around for a moment; true when there may be work.
  private func search(for worker: Worker) -> Bool {
    for round in 0..<Self.searchRounds {
      if !worker.isEmpty { return true }
      if round & 7 == 0, isWorthALook(for: worker) { return true }
      Lock.relax()
    }
    return false
  }

  private static let searchRounds = 200
}

// MARK: The watch

extension ThreadScheduler {
  private static let beat: Int64 = 5_000_000
  /// For how many beats a worker may be at the same piece of work: when it has run meanwhile; and when it has not,
  /// since it waits in the system, or since the system gave its thread no time.
  private static let patience = (running: 2, waiting: 20)

  /// What the watch has seen of a worker: since when it is at a piece of work.
  private struct Sight {
    let turn: UInt64
    let processorTime: Int64?
    var beats = 0

    /// Whether the worker, which still is in that turn, is stuck in it.
    func isTooLong(at processorTime: Int64?) -> Bool {
      guard let now = processorTime, let before = self.processorTime else {
        return beats >= patience.running
      }
      return beats >= (now - before >= beat ? patience.running : patience.waiting)
    }
  }

  private func wakeWatch() {
    watchRoom.withLock {
      guard isWatchAsleep else { return }
      isWatchAsleep = false
      watchRoom.wakeOne()
    }
  }

  /// The watch's thread: beats while workers are awake, and sleeps when they do.
  private func watch() {
    var seen: [ObjectIdentifier: Sight] = [:]
    var idleBeats = 0
    while !isStopping {
      // Nothing has gone on for a while.
      if idleBeats > 20 { cplatform_blocks_trim() }
      watchRoom.withLock {
        if idleBeats > 20 {
          isWatchAsleep = true
          while isWatchAsleep, !isStopping { watchRoom.wait() }
          idleBeats = 0
        } else {
          watchRoom.wait(until: Lock.now + Self.beat)
        }
      }
      let workers = room.withLock { sleeping < self.workers.count ? self.workers : [] }
      if workers.isEmpty {
        idleBeats += 1
        continue
      }
      idleBeats = 0
      let old = seen
      seen = [:]
      for worker in workers {
        guard let turn = worker.currentTurn else { continue }
        let processorTime = worker.processorTime
        var sight = Sight(turn: turn, processorTime: processorTime)
        if let before = old[ObjectIdentifier(worker)], before.turn == turn {
          sight = before
          sight.beats += 1
        }
        seen[ObjectIdentifier(worker)] = sight
        if sight.isTooLong(at: processorTime) { relieve(worker, in: turn) }
      }
    }
  }

  /// A worker has been at the same piece of work for too long.
  private func relieve(_ worker: Worker, in turn: UInt64) {
    // Nothing has settled while its work is in nobody's hands but these.
    settlement?.enter()
    defer { settlement?.leave() }
    // What waits behind it, others can do; and if nobody is there to, somebody new.
    guard let left = worker.takeAway(ifIn: turn) else { return }
    for work in left { enqueueShared(work) }
    // A dead process's code is nobody's business any more: it holds up neither settling nor time. Only now,
    // since what waited behind it was counted with it.
    if worker.discount(ifIn: turn) { settlement?.leave() }
    let isWorkWaiting = sharedCount.load(ordering: .sequentiallyConsistent) > 0
    let isSomebodyFree =
      sleepingCount.load(ordering: .sequentiallyConsistent) > 0
      || searching.load(ordering: .sequentiallyConsistent) > 0
      || dozing.load(ordering: .relaxed) > 0
    // Should the system have no thread left, the stuck one stays what it is.
    if isWorkWaiting, !isSomebodyFree, !worker.hasSuccessor, startWorker() { worker.endSoon() }
  }
}

/// A worker's view of the scheduler: where its next work comes from.
private final class WorkerSource: WorkSource {
  private let worker: Worker
  private let threads: ThreadScheduler
  @exclusivity(unchecked) private var isReplaced = false
  @exclusivity(unchecked) private var isDone = false
  /// How many pieces of work it still does after the scheduler was told to stop: what unwinds, unwinds
  /// soon, and what doesn't is not waited for.
  @exclusivity(unchecked) private var grace = 10_000

  init(worker: Worker, threads: ThreadScheduler) {
    self.worker = worker
    self.threads = threads
  }

  var isOver: Bool { isReplaced || isDone }
  func leftCarrier() { worker.endTurn() }
  var scheduler: any Scheduler { threads }

  @inline(__always)
  func takeNext(on carrier: Carrier) -> Work? { worker.takeNext(for: carrier) }

  func lookAround(on carrier: Carrier) -> Work? {
    while !isOver {
      if let news = worker.takeNews() {
        if news.wasDiscounted { threads.countIn() }
        if news.isReplaced {
          isReplaced = true
          return nil
        }
      }
      if threads.isStopping {
        grace -= 1
        if grace < 0 {
          isDone = true
          return nil
        }
      }
      guard worker.endTurn(looksAround: true) else { return nil }
      // The others first.
      if let work = threads.find(for: worker) {
        worker.begin(work, on: carrier)
        return work
      }
      if let work = worker.takeOwn(for: carrier) { return work }
      if threads.isStopping {
        isDone = true
        return nil
      }
      threads.rest(worker)
      if let work = worker.takeNext(for: carrier) { return work }
    }
    return nil
  }
}
