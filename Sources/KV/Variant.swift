public import Supervision

/// The designs that the guide's chapter goes through, each with its flaw, on the way to the last.
public enum Variant: String, Sendable, CaseIterable {
  /// The registry starts buckets itself and is linked to them: one that crashes takes it along.
  case linked
  /// Buckets run under a supervisor of their own and are restarted: empty, and nobody knows where.
  case leaky
  /// Buckets are not restarted; but they outlive a registry that crashed, and nobody finds them.
  case oneForOne = "one_for_one"
  /// The registry is restarted with its bucket supervisor; but not the other way round.
  case restForOne = "rest_for_one"
  /// Both are restarted when either fails.
  case oneForAll = "one_for_all"

  /// What to look at in this design, in one sentence.
  public var lesson: String {
    switch self {
    case .linked: "buckets are linked to the registry, so one that crashes takes it along"
    case .leaky: "a bucket that crashes is restarted empty, and no name leads to it any more"
    case .oneForOne: "buckets outlive a registry that crashes, and nobody finds them"
    case .restForOne:
      "the registry follows its bucket supervisor, but buckets still outlive the registry"
    case .oneForAll: "registry and bucket supervisor live and die together"
    }
  }

  /// The strategy of the root supervisor.
  public var strategy: RestartStrategy {
    switch self {
    case .linked, .leaky, .oneForOne: .oneForOne
    case .restForOne: .restForOne
    case .oneForAll: .oneForAll
    }
  }

  /// How the bucket supervisor restarts buckets.
  var bucketRestart: ChildSpec.Restart { self == .leaky ? .permanent : .temporary }

  /// Whether the registry comes before the bucket supervisor that it calls.
  var startsRegistryFirst: Bool { self == .leaky || self == .oneForOne }
}
