/// The links and monitors of a process, but for the link with its parent. Under the process's lock.
///
/// Apart, since most processes have none: a process that idles under its supervisor is the smaller for it.
final class Bonds {
  @exclusivity(unchecked) var links = PIDMap<Void>()
  @exclusivity(unchecked) var monitors = MonitorMap<(pid: PID, target: Destination)>()
  @exclusivity(unchecked) var watchers = MonitorMap<Watcher>()

  /// Somebody who monitors the process.
  struct Watcher {
    var pid: PID
    /// As what it is monitored: the PID, or the name it had then.
    var target: Destination
  }
}

/// In order, everything: a set's own order differs from run to run.
extension Bonds {
  func sortedLinks(with parent: PID?) -> [PID] {
    var pids = links.entries.map(\.pid)
    if let parent { pids.append(parent) }
    return pids.count > 1 ? pids.sorted() : pids
  }
}

/// Under the lock.
extension ProcessCell {
  /// Lets `body` have the bonds, which are made if there are none; not retained, since the lock keeps them.
  @inline(__always)
  func withBonds(_ body: (Bonds) -> Void) {
    if bonds == nil { bonds = Bonds() }
    guard let reference = bonds.map(Unmanaged.passUnretained) else { return }
    reference._withUnsafeGuaranteedRef(body)
  }

  func isLinked(with pid: PID) -> Bool {
    if isLinkedToParent, pid == parent { return true }
    return bonds?.links.contains(pid) ?? false
  }

  func insertLink(_ pid: PID) {
    if pid == parent {
      isLinkedToParent = true
    } else {
      withBonds { $0.links[pid] = () }
    }
  }

  /// Whether there was such a link.
  @discardableResult
  func deleteLink(_ pid: PID) -> Bool {
    guard pid == parent else { return bonds?.links.remove(pid) != nil }
    defer { isLinkedToParent = false }
    return isLinkedToParent
  }

  /// Oldest first.
  var sortedLinks: [PID] {
    let parent = isLinkedToParent ? parent : nil
    return bonds?.sortedLinks(with: parent) ?? parent.map { [$0] } ?? []
  }
}
