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

    package var process: ProcessSnapshot { storage.layout.processes[index] }
    package var marks: [Mark] { storage.marks[index] }
    /// Whether somebody who looks for trouble would want to see it, or somebody below it.
    package var isRemarkable: Bool { storage.areRemarkable[index] }

    /// In the order of starting.
    ///
    /// - Complexity: O(children).
    package var children: [Node] {
      storage.layout.children(of: index).map { Node(storage: storage, index: $0) }
    }

    /// How many processes there are below this one, at any depth.
    package var descendantCount: Int { storage.layout.descendantCount(of: index) }
  }

  /// One for all nodes; what there is to say of each process stands at its place in the layout.
  fileprivate final class Storage: Sendable {
    let layout: TreeLayout
    let marks: [[Mark]]
    let areRemarkable: [Bool]

    init(_ layout: TreeLayout, marks: [[Mark]], areRemarkable: [Bool]) {
      self.layout = layout
      self.marks = marks
      self.areRemarkable = areRemarkable
    }
  }

  private let storage: Storage

  package var roots: [Node] { storage.layout.tops.map { Node(storage: storage, index: $0) } }

  /// Everybody in the order in which the tree is drawn.
  package var processes: [ProcessSnapshot] { storage.layout.processes }

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

    // A zombie has no children any more; those it left are at the top.
    let layout = TreeLayout(tops: tops) { $0.status == .zombie ? [] : children[$0.pid] ?? [] }
    let all = layout.processes.map(marks)
    var areRemarkable = layout.processes.indices.map {
      !all[$0].isEmpty || layout.processes[$0].isRemarkable
    }
    for index in areRemarkable.indices.reversed() where areRemarkable[index] {
      if layout.parents[index] >= 0 { areRemarkable[layout.parents[index]] = true }
    }
    storage = Storage(layout, marks: all, areRemarkable: areRemarkable)
  }

  /// The part of the tree below one process.
  package func subtree(_ pid: PID) -> Node? {
    processes.firstIndex { $0.pid == pid }.map { Node(storage: storage, index: $0) }
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
