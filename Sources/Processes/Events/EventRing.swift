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

  /// Adds the newest.
  ///
  /// - Returns: The oldest, when that had to go.
  @inline(__always)
  mutating func add(_ event: consuming RuntimeEvent) -> RuntimeEvent? {
    if count == limit {
      let place = places + oldest
      let gone = place.move()
      place.initialize(to: consume event)
      oldest = oldest + 1 == limit ? 0 : oldest + 1
      return gone
    }
    if count == capacity { grow() }
    (places + count).initialize(to: consume event)
    count += 1
    return nil
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
