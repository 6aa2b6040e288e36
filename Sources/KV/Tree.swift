public import Supervision

/// The application's supervision tree, as at the end of the guide's chapter, or in one of the designs
/// on the way there.
///
///     KV.Supervisor  one_for_all
///     ├─ KV.BucketSupervisor   a bucket each, temporary
///     └─ KV.Registry
///
/// The bucket supervisor comes first, since the registry calls it. If either ends, both start anew:
/// without the registry's names nobody would find the buckets, and without its supervisor the
/// registry could make none.
public enum Tree {
  public static let supervisor = "KV.Supervisor"
  public static let bucketSupervisor = "KV.BucketSupervisor"
  public static let registry = "KV.Registry"

  /// How an application runs the tree.
  public static func childSpec(_ variant: Variant = .oneForAll) -> ChildSpec {
    Supervisor.childSpec(
      name: supervisor, children: children(variant), .init(strategy: variant.strategy))
  }

  private static func children(_ variant: Variant) -> [ChildSpec] {
    let buckets = DynamicSupervisor.childSpec(name: bucketSupervisor)
    let names = Registry.childSpec(name: registry) { process in
      if variant == .linked { return Registry() }
      let supervisor = DynamicSupervisor(process.runtime, name: bucketSupervisor)
      return Registry(buckets: supervisor, restart: variant.bucketRestart)
    }
    if variant == .linked { return [names] }
    return variant.startsRegistryFirst ? [names, buckets] : [buckets, names]
  }

  /// Starts the application.
  public static func start(
    in runtime: Runtime, variant: Variant = .oneForAll
  ) async throws -> Application {
    try await Application.start("kv", in: runtime, root: childSpec(variant))
  }
}
