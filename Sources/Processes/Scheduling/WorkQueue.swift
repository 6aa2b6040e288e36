/// A plain first-in, first-out queue; a ring that grows.
///
/// Unsafe code. Its argument: the ring is this value's own, of `capacity` places, of which the `count` from
/// `head` on are initialized; work is trivial, so leaving a place needs nothing.
struct WorkQueue: ~Copyable {
  private var ring: UnsafeMutablePointer<Work>
  /// A power of two, on which the index masks rely.
  private var capacity = 64
  private var head = 0
  private(set) var count = 0

  init() { ring = .allocate(capacity: capacity) }
  deinit { ring.deallocate() }

  var isEmpty: Bool { count == 0 }

  mutating func append(_ work: Work) {
    if count == capacity { grow() }
    (ring + ((head + count) & (capacity - 1))).initialize(to: work)
    count += 1
  }

  mutating func popFirst() -> Work? {
    guard count > 0 else { return nil }
    let work = ring[head]
    head = (head + 1) & (capacity - 1)
    count -= 1
    return work
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Work>.allocate(capacity: capacity * 2)
    for index in 0..<count {
      (larger + index).initialize(to: ring[(head + index) & (capacity - 1)])
    }
    ring.deallocate()
    (ring, head, capacity) = (larger, 0, capacity * 2)
  }
}
