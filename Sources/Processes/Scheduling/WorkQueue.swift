internal import Synchronization

/// The work that waits for a worker, in the order in which it came: a ring that grows.
///
/// Only the worker's own thread puts in, without a lock, since it does so for nearly every message that finds its
/// receiver idle; whoever takes out, itself or a thief, holds the worker's lock.
///
/// Unsafe code. Its argument:
/// 1. Of the `capacity` places, those from `head` up to `tail`, counted around, are initialized. Work is trivial, so leaving
///    a place needs nothing.
/// 2. `tail` is the owner's: it writes a place and then moves `tail`, so who sees that sees the place. `head` is of who
///    holds the lock: it reads a place and then moves `head`, and the owner looks at that before it writes there again.
/// 3. `places` and `capacity` are changed by the owner, under the lock: so it may read them without.
struct WorkQueue: ~Copyable, @unchecked Sendable {
  private let places: Atomic<UnsafeMutablePointer<Work>>
  /// A power of two, on which the index masks rely.
  private let capacity = Atomic(64)
  private let head = Atomic(0)
  private let tail = Atomic(0)

  init() { places = Atomic(.allocate(capacity: 64)) }
  deinit { places.load(ordering: .relaxed).deallocate() }

  /// How much there is. To be relied on by the owner as the most, by who holds the lock as the least.
  var count: Int {
    // In this order, so that the difference is never less than nothing.
    let head = head.load(ordering: .acquiring)
    return tail.load(ordering: .acquiring) - head
  }

  var isEmpty: Bool { count == 0 }

  /// For the owner; false when there is no room.
  @inline(__always)
  func append(_ work: Work) -> Bool {
    let (tail, capacity) = (tail.load(ordering: .relaxed), capacity.load(ordering: .relaxed))
    guard tail - head.load(ordering: .acquiring) < capacity else { return false }
    (places.load(ordering: .relaxed) + (tail & (capacity - 1))).initialize(to: work)
    self.tail.store(tail + 1, ordering: .releasing)
    return true
  }

  /// Under the lock.
  func popFirst() -> Work? {
    let head = head.load(ordering: .relaxed)
    guard head != tail.load(ordering: .acquiring) else { return nil }
    let mask = capacity.load(ordering: .relaxed) - 1
    let work = (places.load(ordering: .relaxed) + (head & mask)).pointee
    self.head.store(head + 1, ordering: .releasing)
    return work
  }

  /// For the owner, under the lock.
  func grow() {
    let (old, capacity) = (places.load(ordering: .relaxed), capacity.load(ordering: .relaxed))
    let larger = UnsafeMutablePointer<Work>.allocate(capacity: capacity * 2)
    for index in head.load(ordering: .relaxed)..<tail.load(ordering: .relaxed) {
      (larger + (index & (capacity * 2 - 1))).initialize(to: old[index & (capacity - 1)])
    }
    places.store(larger, ordering: .relaxed)
    self.capacity.store(capacity * 2, ordering: .relaxed)
    old.deallocate()
  }
}
