import KV
import Supervision

extension Workload {
  /// The guide's application: buckets are made, used and lost.
  static let keyValue = Workload(
    "kv_create", "kv_put_get", "kv_one_for_all",
    summary: "the key-value application: buckets made, used, and all lost with the registry"
  ) { setting, process in
    let (buckets, ops) = (setting.count(100_000), setting.count(500_000))
    let runtime = process.runtime
    let supervisor = try await Supervisor.startLinked(
      by: process, name: Tree.supervisor,
      children: [
        DynamicSupervisor.childSpec(name: Tree.bucketSupervisor),
        KV.Registry.childSpec(name: Tree.registry) { process in
          KV.Registry(buckets: DynamicSupervisor(process.runtime, name: Tree.bucketSupervisor))
        },
      ], .init(strategy: .oneForAll, maxRestarts: 1_000_000, within: .seconds(1)))
    let registry = ServerRef<KV.Registry.Message>(runtime, name: Tree.registry)

    try await setting.meter.time("kv_create", ops: buckets) {
      for number in 1...buckets { registry.create("b\(number)") }
      let last: PID? = try await registry.call(timeout: nil) { .lookup("b\(buckets)", $0) }
      precondition(last != nil, "the last bucket is missing")
    }
    try await setting.meter.time("kv_put_get", ops: ops) {
      for number in 1...max(1, ops / 2) {
        guard let bucket = try await registry.lookup("b\(number % buckets + 1)") else {
          throw ExitReason.noProcess
        }
        try await bucket.put("eggs", "\(number)")
        _ = try await bucket.get("eggs")
      }
    }
    guard let old = runtime.whereis(Tree.registry) else { throw ExitReason.noProcess }
    try await setting.meter.time("kv_one_for_all", ops: buckets) {
      process.exit(old, .kill)
      while true {
        if let new = runtime.whereis(Tree.registry), new != old { break }
        try await process.sleep(for: .milliseconds(1))
      }
    }
    try await supervisor.stop()
  }
}
