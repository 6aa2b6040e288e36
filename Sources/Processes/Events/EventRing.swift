/// The newest events of a log, up to a limit: a ring, once there are so many.
///
/// Unsafe code, since an array would copy each event on its way in, and count its references up and down. Its argument:
/// the memory is this value's own, of `capacity` places, of which the first `count` are initialized.
struct EventRing: ~Copyable {
  private let limit: Int
  private var places: UnsafeMutablePointer<RuntimeEvent>
  private var capacity: Int
  private(set) var count = 0
  private var oldest = 0

  init(limit: Int) {
    self.limit = limit
    capacity = min(limit, 64)
    places = .allocate(capacity: capacity)
  }

  deinit {
    places.deinitialize(count: count)
    places.deallocate()
  }

  /// Where the newest can be initialized at once, to be counted behind that: nil where the ring would have to grow, or
  /// the oldest holds something that is to be let go of.
  @inline(__always)
  var freePlace: UnsafeMutablePointer<RuntimeEvent>? {
    if count == limit {
      let place = places + oldest
      return place.pointee.holdsNothing ? place : nil
    }
    return count < capacity ? places + count : nil
  }

  /// The newest is in `freePlace`.
  @inline(__always)
  mutating func countAdded() {
    if count == limit {
      oldest = oldest + 1 == limit ? 0 : oldest + 1
    } else {
      count += 1
    }
  }

  /// Adds the newest, anyway.
  ///
  /// - Returns: The oldest, when that had to go.
  mutating func add(_ event: consuming RuntimeEvent) -> RuntimeEvent? {
    if count == capacity, count < limit { grow() }
    let place = places + (count == limit ? oldest : count)
    let gone = count == limit ? place.move() : nil
    place.initialize(to: consume event)
    countAdded()
    return gone
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<RuntimeEvent>.allocate(capacity: min(limit, capacity * 2))
    larger.moveInitialize(from: places, count: count)
    places.deallocate()
    places = larger
    capacity = min(limit, capacity * 2)
  }

  /// Counted from the oldest.
  subscript(_ index: Int) -> RuntimeEvent {
    precondition(index >= 0 && index < count)
    return places[(oldest + index) % count]
  }

  /// The newest, at most so many, oldest first.
  func suffix(_ limit: Int) -> [RuntimeEvent] {
    (max(0, count - limit)..<count).map { self[$0] }
  }
}
