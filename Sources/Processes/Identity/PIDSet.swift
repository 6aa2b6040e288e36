/// A set of PIDs that costs no memory of its own while it holds at most one, as most processes' links do.
struct PIDSet {
  private enum Storage {
    case none
    case one(PID)
    case many(Set<PID>)
  }

  private var storage = Storage.none

  func contains(_ pid: PID) -> Bool {
    switch storage {
    case .none: false
    case .one(let only): only == pid
    case .many(let pids): pids.contains(pid)
    }
  }

  mutating func insert(_ pid: PID) {
    switch storage {
    case .none: storage = .one(pid)
    case .one(let only): if only != pid { storage = .many([only, pid]) }
    case .many(var pids):
      // Taken out first, so that the set is not copied.
      storage = .none
      pids.insert(pid)
      storage = .many(pids)
    }
  }

  /// Whether it was there.
  @discardableResult
  mutating func remove(_ pid: PID) -> Bool {
    switch storage {
    case .none: return false
    case .one(let only):
      guard only == pid else { return false }
      storage = .none
      return true
    case .many(var pids):
      storage = .none
      let wasThere = pids.remove(pid) != nil
      storage = pids.isEmpty ? .none : .many(pids)
      return wasThere
    }
  }

  /// Oldest first: a set's own order differs from run to run.
  func sorted() -> [PID] {
    switch storage {
    case .none: []
    case .one(let only): [only]
    case .many(let pids): pids.sorted()
    }
  }
}
