internal import Synchronization

/// Which types of servers initialize without waiting for others, and so may begin on their starter's stack.
///
/// The compiler does not tell whether a type has an `initialize` of its own, and whether that is asynchronous;
/// its first start, in a turn of its own, finds out. A table of hints: a type whose place another one takes
/// is asked again.
@usableFromInline
enum KnownServers {
  private static let size = 256

  /// Each place holds a type's address. Never freed, and shared by all threads: atomics are.
  private nonisolated(unsafe) static let places: UnsafeMutablePointer<Atomic<Int>> = {
    let places = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: size)
    for index in 0..<size { (places + index).initialize(to: Atomic(0)) }
    return places
  }()

  private static func place(_ type: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    places + (type >> 4 ^ type >> 12) & (size - 1)
  }

  static func beginAtOnce(_ type: Any.Type) {
    let type = Int(bitPattern: ObjectIdentifier(type))
    place(type).pointee.store(type, ordering: .relaxed)
  }

  @usableFromInline
  static func doBeginAtOnce(_ type: Any.Type) -> Bool {
    let type = Int(bitPattern: ObjectIdentifier(type))
    return place(type).pointee.load(ordering: .relaxed) == type
  }
}
