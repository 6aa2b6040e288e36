internal import Processes

/// The children of a static supervisor, in the order of starting.
struct ChildList {
  struct Child {
    enum State: Equatable {
      case running(PID), restarting, notRunning
    }

    var spec: ChildSpec
    var state: State = .notRunning
    /// Grows from child to child; trees are drawn by it.
    let order: Int
    var restarts = 0

    var pid: PID? { if case .running(let pid) = state { pid } else { nil } }
  }

  private(set) var children: [Child] = []
  private var indices: [String: Int] = [:]
  private var ids: [PID: String] = [:]
  private var lastOrder = 0

  var order: [String] { children.map(\.spec.id) }
  var runningCount: Int { ids.count }

  subscript(id: String) -> Child? { indices[id].map { children[$0] } }

  func child(_ pid: PID) -> Child? { ids[pid].flatMap { self[$0] } }

  mutating func append(_ spec: ChildSpec) {
    lastOrder += 1
    indices[spec.id] = children.count
    children.append(Child(spec: spec, order: lastOrder))
  }

  mutating func set(_ id: String, _ state: Child.State) {
    guard let index = indices[id] else { return }
    if let pid = children[index].pid { ids[pid] = nil }
    children[index].state = state
    if case .running(let pid) = state { ids[pid] = id }
  }

  mutating func countRestart(_ id: String) {
    if let index = indices[id] { children[index].restarts += 1 }
  }

  mutating func remove(_ id: String) {
    guard let index = indices.removeValue(forKey: id) else { return }
    if let pid = children[index].pid { ids[pid] = nil }
    children.remove(at: index)
    for later in index..<children.count { indices[children[later].spec.id] = later }
  }

  /// A child has ended: keeps its specification, unless it is temporary.
  mutating func retire(_ id: String) {
    set(id, .notRunning)
    if self[id]?.spec.restart == .temporary { remove(id) }
  }

  var infos: [ChildInfo] {
    children.map { child in
      let state: ChildInfo.State =
        switch child.state {
        case .running(let pid): .running(pid)
        case .restarting: .restarting
        case .notRunning: .notRunning
        }
      return ChildInfo(id: child.spec.id, state: state, kind: child.spec.kind)
    }
  }

  var counts: ChildCounts {
    var counts = ChildCounts()
    for child in children {
      counts.specs += 1
      if child.pid != nil { counts.active += 1 }
      switch child.spec.kind {
      case .worker: counts.workers += 1
      case .supervisor: counts.supervisors += 1
      }
    }
    return counts
  }
}
