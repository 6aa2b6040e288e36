/// A plain first-in, first-out queue; a ring that grows.
///
/// Unsafe code, since an array would look at each turn whether it is shared. Its argument: the memory is this value's
/// own, of `capacity` places, of which the `count` from `head` on are initialized.
struct Ring<Element>: ~Copyable {
  private var places: UnsafeMutablePointer<Element>
  /// A power of two, on which the index masks rely.
  private var capacity = 64
  private var head = 0
  private(set) var count = 0

  init() { places = .allocate(capacity: capacity) }

  deinit {
    for index in 0..<count { place(index).deinitialize(count: 1) }
    places.deallocate()
  }

  var isEmpty: Bool { count == 0 }

  /// From the oldest on.
  var all: [Element] { (0..<count).map { place($0).pointee } }

  private func place(_ index: Int) -> UnsafeMutablePointer<Element> {
    places + ((head + index) & (capacity - 1))
  }

  mutating func append(_ element: Element) {
    if count == capacity { grow() }
    place(count).initialize(to: element)
    count += 1
  }

  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = place(0).move()
    head = (head + 1) & (capacity - 1)
    count -= 1
    return element
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    for index in 0..<count { (larger + index).moveInitialize(from: place(index), count: 1) }
    places.deallocate()
    (places, head, capacity) = (larger, 0, capacity * 2)
  }
}
