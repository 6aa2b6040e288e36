/// Which places of a process table are free, and what else is counted as processes come and go. Under the table's lock.
///
/// A place that was given back waits until `reserve` others have been, or have been taken. The places that were given back
/// last keep the control blocks of their last processes, for the next.
struct TablePlaces: ~Copyable {
  /// So many have ever been given out, and so many processes there have ever been.
  private(set) var given = 0
  private(set) var lastSerial: UInt64 = 0
  /// Places that were given back lately, in that order: as many as may keep a control block, and no more.
  private(set) var recent = Ring<UInt32>()
  /// The others, which keep none.
  private var others = Ring<UInt32>()
  /// How many letters those have handled who are gone.
  var handledByGone = 0
  var keepsSpares = true

  private static let reserve = 256
  /// Four times as many as have their turn while one spawns without end.
  private static let recentLimit = reserve + 1024

  /// A place, and a number, for a process.
  mutating func take() -> (place: UInt32, serial: UInt64) {
    lastSerial += 1
    return (takePlace(), lastSerial)
  }

  private mutating func takePlace() -> UInt32 {
    if recent.count > Self.reserve, let place = recent.popFirst() { return place }
    if let place = others.popFirst() { return place }
    given += 1
    return UInt32(given - 1)
  }

  /// Whether the place may keep a control block.
  mutating func giveBack(_ place: UInt32) -> Bool {
    guard recent.count < Self.recentLimit else {
      others.append(place)
      return false
    }
    recent.append(place)
    return keepsSpares
  }
}
