internal import Supervision

/// The order in which a batch of events is printed: the same in every run.
///
/// Events arrive in the order of their numbers, and a cause has a lower number than its effects. But
/// the children of one supervisor that are stopped at the same time end in any order, on whichever
/// worker was faster. Those are put into the order of their PIDs, in the places they take together.
enum EventOrder {
  private struct Group: Hashable {
    var cause: EventNumber?
    var supervisor: PID
  }

  static func arrange(_ events: [RuntimeEvent]) -> [RuntimeEvent] {
    var places: [Group: [Int]] = [:]
    for (index, event) in events.enumerated() {
      guard case .exited(let identity, _) = event.kind, let supervisor = identity.supervisor
      else { continue }
      places[Group(cause: event.cause, supervisor: supervisor.pid), default: []].append(index)
    }
    var arranged = events
    for indices in places.values where indices.count > 1 {
      let sorted = indices.sorted { left, right in
        guard let leftPID = events[left].kind.identity?.pid,
          let rightPID = events[right].kind.identity?.pid
        else { return left < right }
        return leftPID < rightPID
      }
      for (place, source) in zip(indices, sorted) { arranged[place] = events[source] }
    }
    return arranged
  }
}
