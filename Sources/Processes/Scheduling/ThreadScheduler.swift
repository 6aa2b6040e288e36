/// Worker threads that share one queue.
///
/// Invariants, all under `room`:
/// 1. Work is in `queue` once and is taken once.
/// 2. While work is queued and a worker sleeps, a wake-up is under way.
///
/// `@unchecked Sendable`: the mutable fields are touched under `room` only.
package final class ThreadScheduler: WorkSource, @unchecked Sendable {
  package let workerCount: Int
  package let budget = 256
  private let room = WaitingRoom()
  private var queue = WorkQueue()
  private var sleepers = 0
  private var isStopped = false

  package init(workers: Int) {
    workerCount = max(1, workers)
  }

  package func start() {
    for number in 1...workerCount {
      let started = OSThread.start(name: "worker-\(number)") { [self] in work() }
      precondition(
        started || number > 1, "the system has no thread left for the runtime's first worker")
    }
  }

  package func stop() {
    room.withLock {
      isStopped = true
      room.wakeAll()
    }
  }

  package var isOver: Bool { room.withLock { isStopped } }

  package func enqueue(_ work: Work) {
    room.withLock {
      queue.append(work)
      if sleepers > 0 { room.wakeOne() }
    }
  }

  /// Waits for work; nil when the scheduler stops.
  package func next() -> Work? {
    room.withLock {
      while true {
        if isStopped { return nil }
        if let work = queue.popFirst() { return work }
        sleepers += 1
        room.wait()
        sleepers -= 1
      }
    }
  }
}

/// A plain first-in, first-out queue; a ring that grows.
struct WorkQueue {
  private var ring: [Work?] = Array(repeating: nil, count: 64)
  private var head = 0
  private(set) var count = 0

  mutating func append(_ work: Work) {
    if count == ring.count { grow() }
    ring[(head + count) & (ring.count - 1)] = work
    count += 1
  }

  mutating func popFirst() -> Work? {
    guard count > 0 else { return nil }
    let work = ring[head]
    ring[head] = nil
    head = (head + 1) & (ring.count - 1)
    count -= 1
    return work
  }

  /// Doubles the ring; its size stays a power of two, which the index masks rely on.
  private mutating func grow() {
    let ordered = ring[head...] + ring[..<head]
    ring = Array(ordered) + Array(repeating: nil, count: ring.count)
    head = 0
  }
}
