public import Supervision

/// The application's supervision tree, as at the end of the guide's chapter.
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
  public static func childSpec() -> ChildSpec {
    ChildSpec(id: supervisor, kind: .supervisor) { parent in
      let runtime = parent.runtime
      let buckets = DynamicSupervisor(runtime, name: bucketSupervisor)
      let root = try await Supervisor.startLinked(
        by: parent, name: supervisor,
        children: [
          DynamicSupervisor.childSpec(name: bucketSupervisor),
          Registry.childSpec(name: registry) { _ in Registry(buckets: buckets) },
        ], .init(strategy: .oneForAll))
      guard let pid = root.pid else { throw StartError.failed(.noProcess) }
      return pid
    }
  }

  /// Starts the application.
  public static func start(in runtime: Runtime) async throws -> Application {
    try await Application.start("kv", in: runtime, root: childSpec())
  }
}
