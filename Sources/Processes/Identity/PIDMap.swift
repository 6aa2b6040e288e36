/// Values by PID, in as little memory as can be: a supervisor of a million children pays for each of them.
///
/// The entries lie densely in an array, in no order; an index of four bytes a place leads to them. Swift's own
/// `Dictionary` keeps whole entries in a table that is between 38 % and 75 % full. What bits of a place the number of an
/// entry leaves free are a *tag* of its PID: so a search looks at hardly any entry but the one it is for, each of which
/// may lie in memory that no cache holds.
///
/// Invariants:
/// 1. A place of `index` is 0, or one more than the number of an entry, with the tag of its PID above that; each entry
///    has one place.
/// 2. Between the place that an entry's PID hashes to and the one it has, going upwards and around, no place is 0.
/// 3. At least a fifth of the places are 0, unless there are none.
@usableFromInline
@frozen
package struct PIDMap<Value> {
  @usableFromInline package typealias Entry = (pid: PID, value: Value)

  /// In no order, which depends only on what was done to the map.
  @usableFromInline package internal(set) var entries: [Entry] = []
  @usableFromInline var index: [UInt32] = []

  @inlinable
  package init() {}

  @inlinable
  package var count: Int { entries.count }
  @inlinable
  package var isEmpty: Bool { entries.isEmpty }

  @inlinable
  package func contains(_ pid: PID) -> Bool { place(of: pid) != nil }

  @inlinable
  package subscript(pid: PID) -> Value? {
    get { place(of: pid).map { entries[number(at: $0) - 1].value } }
    set {
      guard let newValue else { return _ = remove(pid) }
      if let place = place(of: pid) {
        entries[number(at: place) - 1].value = newValue
      } else {
        insert(pid, newValue)
      }
    }
  }

  /// Removes an entry and returns its value; nil when there was none.
  @discardableResult
  @inlinable
  package mutating func remove(_ pid: PID) -> Value? {
    guard let place = place(of: pid) else { return nil }
    let number = number(at: place)
    vacate(place)
    let last = entries.removeLast()
    guard number <= entries.count else { return last.value }
    // The last entry moves to where the removed one was.
    let removed = entries[number - 1]
    var moved = home(of: last.pid)
    while self.number(at: moved) != entries.count + 1 { moved = next(moved) }
    index[moved] = tag(of: last.pid) | UInt32(number)
    entries[number - 1] = last
    return removed.value
  }

  /// Adds an entry for a PID that has none.
  @inlinable
  mutating func insert(_ pid: PID, _ value: Value) {
    if (entries.count + 1) * 5 > index.count * 4 { grow() }
    entries.append((pid, value))
    note(pid, UInt32(entries.count))
  }

  @inlinable
  mutating func note(_ pid: PID, _ number: UInt32) {
    var place = home(of: pid)
    while index[place] != 0 { place = next(place) }
    index[place] = tag(of: pid) | number
  }

  @inlinable
  mutating func grow() {
    index = Array(repeating: 0, count: max(8, index.count * 2))
    for (offset, entry) in entries.enumerated() { note(entry.pid, UInt32(offset + 1)) }
  }

  /// Frees a place, and moves up those that were pushed on by it: invariant 2.
  @inlinable
  mutating func vacate(_ place: Int) {
    var free = place
    var current = next(place)
    while index[current] != 0 {
      let origin = home(of: entries[number(at: current) - 1].pid)
      if steps(from: origin, to: current) >= steps(from: free, to: current) {
        index[free] = index[current]
        free = current
      }
      current = next(current)
    }
    index[free] = 0
  }

  @inlinable
  func place(of pid: PID) -> Int? {
    guard !entries.isEmpty else { return nil }
    var place = home(of: pid)
    let (tag, tagMask) = (tag(of: pid), tagMask)
    while true {
      let found = index[place]
      if found == 0 { return nil }
      if found & tagMask == tag, entries[Int(found & ~tagMask) - 1].pid == pid { return place }
      place = next(place)
    }
  }

  /// Numbers of entries are less than there are places.
  @inlinable
  var tagMask: UInt32 { ~UInt32(index.count - 1) }
  @inlinable
  func tag(of pid: PID) -> UInt32 {
    UInt32(truncatingIfNeeded: spread(pid.serial, 0) >> 32) & tagMask
  }
  /// One more than the number of the entry that a place leads to; 0 when it leads to none.
  @inlinable
  func number(at place: Int) -> Int { Int(index[place] & ~tagMask) }

  @inlinable
  func home(of pid: PID) -> Int { spread(pid.serial, 0) & (index.count - 1) }
  @inlinable
  func next(_ place: Int) -> Int { (place + 1) & (index.count - 1) }
  @inlinable
  func steps(from: Int, to: Int) -> Int { (to &- from) & (index.count - 1) }
}
