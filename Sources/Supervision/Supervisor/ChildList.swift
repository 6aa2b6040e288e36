internal import Processes

/// The children of a static supervisor, in the order of starting.
///
/// Every change concerns one child and costs the same among a million of them; whatever goes through all
/// of them says so.
///
/// Invariants:
/// 1. `indices` leads from each child's `id` to its place; a place that no `id` leads to is a gap.
/// 2. There are at most as many gaps as children, but for a few: removing leaves one and closes all of them
///    when they are too many, so each removal pays for the closing of one.
/// 3. `ids` holds those that run, and `significantCount` counts the significant among them.
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

  private var places: [Child?] = []
  private var indices: [String: Int] = [:]
  private var ids: [PID: String] = [:]
  private var lastOrder = 0
  /// How many significant children run.
  private(set) var significantCount = 0
  /// How many children were moved to close gaps.
  private(set) var moves = 0

  var count: Int { indices.count }
  var runningCount: Int { ids.count }

  /// All children. O(children).
  var children: some Sequence<Child> { places.lazy.compactMap { $0 } }

  /// The `id`s of all children. O(children).
  var order: [String] { children.map(\.spec.id) }

  /// The `id`s of a child and of those behind it. O(these).
  func order(from id: String) -> [String] {
    indices[id].map { places[$0...].compactMap { $0?.spec.id } } ?? []
  }

  subscript(id: String) -> Child? { indices[id].flatMap { places[$0] } }

  func child(_ pid: PID) -> Child? { ids[pid].flatMap { self[$0] } }

  mutating func append(_ spec: ChildSpec) {
    lastOrder += 1
    indices[spec.id] = places.count
    places.append(Child(spec: spec, order: lastOrder))
  }

  mutating func set(_ id: String, _ state: Child.State) {
    guard let index = indices[id], let child = places[index] else { return }
    let significance = child.spec.isSignificant ? 1 : 0
    if let pid = child.pid {
      ids[pid] = nil
      significantCount -= significance
    }
    places[index]?.state = state
    if case .running(let pid) = state {
      ids[pid] = id
      significantCount += significance
    }
  }

  mutating func countRestart(_ id: String) {
    if let index = indices[id] { places[index]?.restarts += 1 }
  }

  mutating func remove(_ id: String) {
    set(id, .notRunning)
    guard let index = indices.removeValue(forKey: id) else { return }
    places[index] = nil
    while let last = places.last, last == nil { places.removeLast() }
    if places.count - count > count + 16 { closeGaps() }
  }

  private mutating func closeGaps() {
    places.removeAll { $0 == nil }
    moves += places.count
    for (index, child) in places.enumerated() {
      if let child { indices[child.spec.id] = index }
    }
  }

  /// A child has ended: keeps its specification, unless it is temporary.
  mutating func retire(_ id: String) {
    set(id, .notRunning)
    if self[id]?.spec.restart == .temporary { remove(id) }
  }
}

// MARK: As its supervisor tells of it

extension ChildList {
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
