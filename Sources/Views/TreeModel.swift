package import Supervision

/// Who belongs below whom: what `tree` draws.
///
/// Differs from `SupervisionTree` in what it says of those whom nobody looks after. A process whose
/// supervisor is dead stands at the top, one that is only linked to its starter below that, and both
/// are `unsupervised`. The dead whose code still runs are shown, too, as zombies. What the application
/// can't reach any more it calls an `orphan`.
///
/// Made of what the runtime's own tables hold: no process is asked, so none can hold this up.
package struct TreeModel: Sendable {
  package enum Mark: String, Sendable, CaseIterable {
    /// It lives, and nothing of the application's leads to it.
    case orphan
    /// Nobody would start it again or stop it in order.
    case unsupervised
    /// Dead, but its code has not noticed yet.
    case zombie
  }

  package struct Node: Sendable {
    fileprivate let storage: Storage
    fileprivate let index: Int

    package var process: ProcessSnapshot { storage.entries[index].process }
    package var marks: [Mark] { storage.entries[index].marks }
    /// Whether somebody who looks for trouble would want to see it, or somebody below it.
    package var isRemarkable: Bool { storage.entries[index].isRemarkable }

    /// In the order of starting.
    ///
    /// - Complexity: O(children).
    package var children: [Node] {
      storage.siblings(from: index + 1, to: storage.entries[index].end)
    }

    /// How many processes there are below this one, at any depth.
    package var descendantCount: Int { storage.entries[index].end - index - 1 }
  }

  /// A process, and the place behind the last of those below it.
  fileprivate struct Entry {
    let process: ProcessSnapshot
    let parent: Int
    var marks: [Mark]
    var isRemarkable: Bool
    var end = 0
  }

  /// The tree in a row: behind each process those below it, so that they lie side by side and nothing recurses,
  /// however deep supervisors are nested.
  fileprivate final class Storage: Sendable {
    let entries: [Entry]

    init(_ entries: [Entry]) { self.entries = entries }

    func siblings(from start: Int, to end: Int) -> [Node] {
      var nodes: [Node] = []
      var index = start
      while index < end {
        nodes.append(Node(storage: self, index: index))
        index = entries[index].end
      }
      return nodes
    }
  }

  private let storage: Storage

  package var roots: [Node] { storage.siblings(from: 0, to: storage.entries.count) }

  /// Everybody in the order in which the tree is drawn.
  package var processes: [ProcessSnapshot] { storage.entries.map(\.process) }

  /// - Complexity: O(n log n) in the number of processes.
  package init(_ processes: [ProcessSnapshot], orphans: Set<PID> = []) {
    let shown = processes.filter { !$0.isSilent }
    let living = Set(shown.lazy.filter { $0.status != .zombie }.map(\.pid))
    var children: [PID: [ProcessSnapshot]] = [:]
    var tops: [ProcessSnapshot] = []
    for process in shown {
      if let supervisor = process.supervisor {
        if living.contains(supervisor) {
          children[supervisor, default: []].append(process)
        } else {
          tops.append(process)
        }
      } else if process.isSupervisor {
        tops.append(process)
      } else if let parent = process.parent, living.contains(parent) {
        children[parent, default: []].append(process)
      }
    }
    func marks(_ process: ProcessSnapshot) -> [Mark] {
      if process.status == .zombie { return [.zombie] }
      var marks: [Mark] = orphans.contains(process.pid) ? [.orphan] : []
      let isSupervised = process.supervisor.map(living.contains) ?? process.isSupervisor
      if !isSupervised { marks.append(.unsupervised) }
      return marks
    }

    var entries: [Entry] = []
    // What is still to come, the next one last.
    var pending = tops.sorted { $0.pid > $1.pid }.map { (process: $0, parent: -1) }
    while let (process, parent) = pending.popLast() {
      // A zombie has no children any more; those it left are at the top.
      let below = process.status == .zombie ? [] : children[process.pid] ?? []
      for child in below.sorted(by: { ($0.order, $0.pid) > ($1.order, $1.pid) }) {
        pending.append((child, entries.count))
      }
      let marks = marks(process)
      entries.append(
        Entry(
          process: process, parent: parent, marks: marks,
          isRemarkable: !marks.isEmpty || process.isRemarkable))
    }
    for index in entries.indices.reversed() {
      entries[index].end = max(entries[index].end, index + 1)
      let (parent, entry) = (entries[index].parent, entries[index])
      guard parent >= 0 else { continue }
      entries[parent].end = max(entries[parent].end, entry.end)
      if entry.isRemarkable { entries[parent].isRemarkable = true }
    }
    storage = Storage(entries)
  }

  /// The part of the tree below one process.
  package func subtree(_ pid: PID) -> Node? {
    storage.entries.firstIndex { $0.process.pid == pid }.map { Node(storage: storage, index: $0) }
  }
}

extension ProcessSnapshot {
  /// Whether it does something else than wait for its next message. One that is a single function
  /// waits inside it.
  package var isUnusual: Bool { status != .idle && !(status == .waiting && kind == .process) }

  /// Whether somebody who looks for trouble would want to see it.
  package var isRemarkable: Bool { restarts > 0 || isUnusual || mailboxLength > 0 }

  package var isSupervisor: Bool { kind == .supervisor || kind == .dynamicSupervisor }
}
