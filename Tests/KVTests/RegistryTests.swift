import KV
import Supervision
import SupervisionTesting
import Testing

/// The guide's tests, each with a registry and a bucket supervisor of its own.
@Suite struct RegistryTests {
  /// Runs `body` with a registry under a supervisor of this test.
  private func withRegistry(
    _ body: (ServerRef<KV.Registry.Message>, DynamicSupervisor) async throws -> Void
  ) async throws {
    try await withRuntime { _ in
      let buckets = try await startSupervised(DynamicSupervisor.self)
      let registry = try await startSupervised(KV.Registry.self) { _ in
        KV.Registry(buckets: buckets)
      }
      try await body(registry, buckets)
    }
  }

  @Test func `spawns buckets`() async throws {
    try await withRegistry { registry, _ in
      #expect(try await registry.lookup("shopping") == nil)
      registry.create("shopping")
      let bucket = try #require(try await registry.lookup("shopping"))
      try await bucket.put("milk", "1")
      #expect(try await bucket.get("milk") == "1")
    }
  }

  @Test func `creating a bucket twice changes nothing`() async throws {
    try await withRegistry { registry, buckets in
      registry.create("shopping")
      let first = try await registry.pid(of: "shopping")
      registry.create("shopping")
      #expect(try await registry.pid(of: "shopping") == first)
      #expect(try await buckets.countChildren().active == 1)
    }
  }

  @Test func `removes bucket on exit`() async throws {
    try await withRegistry { registry, _ in
      registry.create("shopping")
      let bucket = try #require(try await registry.lookup("shopping"))
      try await bucket.agent.stop()
      await registry.runtime.settle()
      #expect(try await registry.lookup("shopping") == nil)
    }
  }

  @Test func `removes bucket on crash`() async throws {
    try await withRegistry { registry, _ in
      registry.create("shopping")
      let bucket = try #require(try await registry.lookup("shopping"))
      try await bucket.agent.stop(.shutdown)
      await registry.runtime.settle()
      #expect(try await registry.lookup("shopping") == nil)
    }
  }

  @Test func `a crashed bucket does not take the registry along`() async throws {
    try await withRegistry { registry, buckets in
      registry.create("shopping")
      let pid = try #require(try await registry.pid(of: "shopping"))
      registry.runtime.crash(pid, "boom")
      await registry.runtime.settle()
      #expect(registry.runtime.isAlive(try #require(registry.pid)))
      #expect(try await buckets.countChildren().specs == 0)
    }
  }
}

@Suite struct BucketTests {
  @Test func `are temporary workers`() {
    #expect(Bucket.childSpec().restart == .temporary)
    #expect(Bucket.childSpec().kind == .worker)
  }

  @Test func `stores values by key`() async throws {
    try await withRuntime { runtime in
      let buckets = try await startSupervised(DynamicSupervisor.self)
      let bucket = Bucket(runtime, pid: try await buckets.startChild(Bucket.childSpec()))
      #expect(try await bucket.get("milk") == nil)
      try await bucket.put("milk", "3")
      try await bucket.put("eggs", "12")
      #expect(try await bucket.keys() == ["eggs", "milk"])
      #expect(try await bucket.delete("milk") == "3")
      #expect(try await bucket.delete("milk") == nil)
      #expect(try await bucket.keys() == ["eggs"])
    }
  }
}

@Suite struct TreeTests {
  @Test func `killing the registry takes the buckets down and brings both children back`()
    async throws
  {
    try await withRuntime { runtime in
      try await startSupervised(Tree.childSpec())
      let registry = ServerRef<KV.Registry.Message>(runtime, name: Tree.registry)
      for name in ["a", "b", "c"] { registry.create(name) }
      let old = try #require(runtime.whereis(Tree.registry))
      let oldBuckets = try #require(runtime.whereis(Tree.bucketSupervisor))
      #expect(try await registry.names() == ["a", "b", "c"])

      runtime.exit(old, .kill)
      await runtime.settle()

      #expect(try #require(runtime.whereis(Tree.registry)) > old)
      #expect(try #require(runtime.whereis(Tree.bucketSupervisor)) > oldBuckets)
      #expect(try await registry.names() == [])
      let buckets = DynamicSupervisor(runtime, name: Tree.bucketSupervisor)
      #expect(try await buckets.countChildren().active == 0)
    }
  }

  /// In virtual time: on a busy machine four kills may take longer than the five seconds that count.
  @Test func `killing the registry too often ends the application`() async throws {
    try await withRuntime(Runtime(clock: VirtualClock(isAutoAdvancing: true))) { runtime in
      let application = try await Tree.start(in: runtime)
      for _ in 1...4 {
        runtime.exit(try #require(runtime.whereis(Tree.registry)), .kill)
        await runtime.settle()
      }
      #expect(!application.isRunning)
      #expect(runtime.registeredNames.isEmpty)
    }
  }

  @Test func `stops in order with the program`() async throws {
    try await withRuntime { runtime in
      let application = try await Tree.start(in: runtime)
      ServerRef<KV.Registry.Message>(runtime, name: Tree.registry).create("a")
      await runtime.settle()
      await application.stop()
      await runtime.settle()
      #expect(runtime.processCount == 0)
    }
  }
}
