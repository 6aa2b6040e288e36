/// Where processes live, by their numbers: for whoever knows a process by its printed PID only.
///
/// Few ever ask, so there is an index only once somebody has: the first question costs a look at every
/// place, those that follow a look into a dictionary. New processes are noted while there is an index, and
/// it is given up when they outnumber those it began with; so asking costs no process more than a note or its
/// share of one such look.
///
/// Dead processes stay in it, since numbers are not used again: whoever finds a place looks who lives there.
struct SerialIndex {
  private var places: [UInt64: UInt32] = [:]
  private(set) var isComplete = false
  private var limit = Int.max

  /// Where the process lives or lived; nil when the index does not know of it.
  subscript(serial: UInt64) -> UInt32? { places[serial] }

  /// Adds what was found in the table. New processes have been noted since before it was looked through.
  mutating func complete(with found: [UInt64: UInt32]) {
    places.merge(found) { noted, _ in noted }
    isComplete = true
    limit = 2 * places.count + 1024
  }

  /// A new process.
  ///
  /// - Returns: Whether the index is still worth its memory.
  mutating func note(_ serial: UInt64, at place: UInt32) -> Bool {
    places[serial] = place
    return places.count <= limit
  }
}
