internal import Synchronization

/// A runtime's processes counted at one moment.
///
/// Differs from `Runtime.snapshot` in taking no lock of any process and in copying nothing that a process has
/// many of: it is for whoever wants to count all of them again every second.
package struct Census: Sendable {
  /// Living processes by kind; the house's own are not counted here.
  package var kinds: [ProcessKind: Int] = [:]
  /// How many have something to do: they run, or wait for a worker.
  package var runnable = 0
  package var zombies = 0
  /// Letters that wait to be handled.
  package var inMailboxes = 0
  package var longestMailbox = 0
  /// Letters that have been handled since the runtime's start, by the dead and by the house's own, too. Never too many:
  /// what somebody has handled who leaves while the others are counted is missing here, and in the next census.
  package var handled = 0

  package var processes: Int { kinds.values.reduce(0, +) }

  package init() {}

  fileprivate mutating func count(_ cell: ProcessCell) {
    let handled = cell.handledCount.load(ordering: .relaxed)
    self.handled += handled
    if cell.isSilent { return }
    guard !cell.isDead else {
      zombies += 1
      return
    }
    kinds[cell.kind, default: 0] += 1
    let waiting = max(0, cell.mailbox.pointee.receivedCount - handled)
    inMailboxes += waiting
    longestMailbox = max(longestMailbox, waiting)
    let isResting = cell.isWaiting || cell.sleepers.load(ordering: .relaxed) > 0
    if cell.mailbox.pointee.state == .active, !isResting { runnable += 1 }
  }
}

extension Runtime {
  /// Everybody counted, now.
  package var census: Census {
    var census = Census()
    // Before the others are looked at: whoever goes in between would be counted twice.
    census.handled = processes.handledByGone
    processes.visit { census.count($0) }
    return census
  }
}
