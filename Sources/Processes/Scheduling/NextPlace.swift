internal import Synchronization

/// What a worker is to run next: a place for one piece of work, which its thread fills without a lock.
///
/// Most work passes through here. Filling under the lock would cost a quarter of the way of a message.
///
/// Invariants:
/// 1. Only the worker's own thread fills, and only an empty place; only who holds the worker's lock empties. So
///    of two who write, one always waits for the other: a filler for the place to become empty.
/// 2. `job` belongs to the one who may do the next of the two: it is written before `word` says filled, and read
///    before `word` says empty.
struct NextPlace: ~Copyable {
  /// The address of a process, or that of a carrier plus one; 0 when empty.
  private let word = Atomic<UInt>(0)
  private let job = UnsafeMutablePointer<UnownedJob?>.allocate(capacity: 1)

  init() { job.initialize(to: nil) }
  deinit { job.deallocate() }

  var isFilled: Bool { word.load(ordering: .relaxed) != 0 }

  /// Fills the place; false when it is filled.
  @inline(__always)
  func fill(with work: Work) -> Bool {
    // Who emptied it has read `job` before.
    guard word.load(ordering: .acquiring) == 0 else { return false }
    switch work {
    case .process(let cell):
      word.store(UInt(bitPattern: cell.toOpaque()), ordering: .releasing)
    case .job(let job, let carrier):
      self.job.pointee = job
      word.store(UInt(bitPattern: carrier.toOpaque()) | 1, ordering: .releasing)
    }
    return true
  }

  /// Takes out what is there.
  func empty() -> Work? {
    let filled = word.load(ordering: .acquiring)
    guard let address = UnsafeMutableRawPointer(bitPattern: filled & ~1) else { return nil }
    let work: Work
    if filled & 1 == 0 {
      work = .process(.fromOpaque(address))
    } else if let job = job.pointee {
      work = .job(job, .fromOpaque(address))
    } else {
      preconditionFailure("a carrier without a job in the next place")
    }
    word.store(0, ordering: .releasing)
    return work
  }
}
