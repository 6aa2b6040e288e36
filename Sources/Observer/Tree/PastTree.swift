internal import Supervision
internal import Views

/// Who lived, and below whom, right after an event of the past.
///
/// Made by going back from now: whoever has started since had not yet, and whoever has ended since still lived. So it
/// needs no beginning of the history, only its end.
struct PastTree: Equatable {
  struct Member: Equatable {
    let identity: ProcessIdentity
    /// Its index among the members; nil at the top.
    let parent: Int?
    /// Whether it is known to have been a supervisor: whoever supervised somebody.
    let isSupervisor: Bool
  }

  /// In preorder, elder siblings first.
  let members: [Member]

  /// - Parameters:
  ///   - living: Who lives now.
  ///   - later: What has happened since the moment, oldest first.
  init(living: [ProcessIdentity], undoing later: some BidirectionalCollection<RuntimeEvent>) {
    var alive = Dictionary(living.map { ($0.pid, $0) }) { first, _ in first }
    for event in later.reversed() {
      switch event.kind {
      case .started(let identity, _): alive[identity.pid] = nil
      case .exited(let identity, _): alive[identity.pid] = identity
      default: continue
      }
    }
    var children: [PID: [ProcessIdentity]] = [:]
    var tops: [ProcessIdentity] = []
    for identity in alive.values {
      if let supervisor = identity.supervisor?.pid, alive[supervisor] != nil {
        children[supervisor, default: []].append(identity)
      } else {
        tops.append(identity)
      }
    }
    var members: [Member] = []
    // The next one last. Sorted, since a dictionary's order differs from run to run.
    var pending = tops.sorted { $0.pid > $1.pid }.map { (identity: $0, parent: Int?.none) }
    while let (identity, parent) = pending.popLast() {
      let below = (children[identity.pid] ?? []).sorted { $0.pid > $1.pid }
      pending += below.map { ($0, members.count) }
      members.append(Member(identity: identity, parent: parent, isSupervisor: !below.isEmpty))
    }
    self.members = members
  }
}
