/// Which children a supervisor restarts when one of them fails.
public enum RestartStrategy: String, Sendable, Hashable, CaseIterable {
  /// That one.
  case oneForOne = "one_for_one"
  /// All of them.
  case oneForAll = "one_for_all"
  /// That one and those started after it.
  case restForOne = "rest_for_one"
}

/// What a failed child means for the others.
///
/// Plain names in the supervisor's order of starting; no process is touched here.
struct RestartPlan: Equatable {
  /// The children to stop, in this order: the reverse of starting. The failed one is not among them,
  /// since it is dead.
  let stop: [String]
  /// The children to start, in this order.
  let start: [String]

  /// - Complexity: O(children that are concerned).
  init(_ strategy: RestartStrategy, failed: String, in list: ChildList) {
    start =
      switch strategy {
      case .oneForOne: [failed]
      case .oneForAll: list.order
      case .restForOne: list.order(from: failed)
      }
    stop = start.reversed().filter { $0 != failed }
  }
}
