internal import Processes

/// How many messages have been handled in all, made of samples of the living: a number that never falls.
///
/// What a process handled between its last sample and its death is not in it. The runtime keeps no such total, since
/// adding to one would cost each message more than it is worth.
struct MessageCounter {
  private(set) var total = 0
  private var last: [Census.Entry] = []

  /// - Parameter entries: In the order of their numbers, as a census has them.
  mutating func note(_ entries: [Census.Entry]) {
    var known = last[...]
    for entry in entries {
      while let first = known.first, first.serial < entry.serial { known.removeFirst() }
      let before = known.first?.serial == entry.serial ? known.first?.handled ?? 0 : 0
      total += max(0, entry.handled - before)
    }
    last = entries
  }
}
