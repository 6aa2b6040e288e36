import Supervision
import SupervisionTesting
import Testing

@Suite struct RegistryTests {
  private struct Counter: GenServer {
    enum Message: Sendable {
      case increment
      case value(ReplyTo<Int>)
    }
    var count = 0

    mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
      switch message {
      case .increment: count += 1
      case .value(let reply): reply(count)
      }
      return .receive
    }
  }

  private func idle(_ runtime: Runtime) -> PID {
    runtime.spawn { process in while true { _ = try await process.receive() } }
  }

  @Test func `a unique key leads to one process, and is free when that dies`() throws {
    try Simulation(seed: 1).run { runtime in
      let registry = Registry<String, Int>(runtime, name: "Names", keys: .unique)
      try await registry.start()
      let (one, two) = (idle(runtime), idle(runtime))
      try registry.register("a", 1, for: one)
      #expect(throws: RegistryError.keyTaken("a", registry: "Names", by: one)) {
        try registry.register("a", 2, for: two)
      }
      #expect(throws: RegistryError.keyTaken("a", registry: "Names", by: one)) {
        try registry.register("a", 2, for: one)
      }
      runtime.exit(one, .kill)
      #expect(registry.pid(of: "a") == nil, "not even in the moment of its death")
      try registry.register("a", 2, for: two)
      await runtime.settle()
      #expect(registry.pid(of: "a") == two, "the news of the first one's death take nothing away")
      #expect(registry.count == 1)
    }
  }

  @Test func `duplicate keys lead to many, whom dispatch reaches in order`() throws {
    try Simulation(seed: 1).run { runtime in
      let registry = Registry<String, String>(runtime, name: "Topics", keys: .duplicate)
      try await registry.start()
      let (one, two) = (idle(runtime), idle(runtime))
      try registry.register("news", "first", for: one)
      try registry.register("news", "second", for: two)
      try registry.register("news", "third", for: one)
      try registry.register("weather", "fourth", for: one)
      var seen: [String] = []
      registry.dispatch("news") { entries in seen = entries.map(\.value) }
      #expect(seen == ["first", "second", "third"])
      registry.dispatch("nothing") { _ in seen = [] }
      #expect(seen.count == 3, "nobody is there, so nobody is called")
      #expect(registry.keys(of: one) == ["news", "news", "weather"])
      registry.unregister("news", for: one)
      #expect(registry.lookup("news").map(\.pid) == [two])
      #expect(registry.keys(of: one) == ["weather"])
      #expect(registry.entries { key, _, _ in key == "weather" }.map(\.value) == ["fourth"])
    }
  }

  @Test func `a value can be changed`() throws {
    try Simulation(seed: 1).run { runtime in
      let registry = Registry<Int, Int>(runtime, name: "Values", keys: .unique)
      try await registry.start()
      let pid = idle(runtime)
      try registry.register(7, 1, for: pid)
      let changed = registry.updateValue(of: 7, for: pid) { $0 + 1 }
      let absent = registry.updateValue(of: 8, for: pid) { $0 + 1 }
      #expect(changed == 2)
      #expect(absent == nil)
      #expect(registry.lookup(7).map(\.value) == [2])
    }
  }

  @Test func `without its process a registry is empty and takes nothing`() throws {
    try Simulation(seed: 1).run { runtime in
      let registry = Registry<String, Void>(runtime, name: "Names", keys: .unique)
      let pid = idle(runtime)
      #expect(throws: RegistryError.notRunning("Names")) { try registry.register("a", for: pid) }
      _ = try await Supervisor.start(in: runtime, children: [registry.childSpec()])
      try registry.register("a", for: pid)
      if let server = runtime.whereis("Names") { runtime.exit(server, .kill) }
      #expect(registry.pid(of: "a") == nil)
      await runtime.settle()
      #expect(registry.count == 0)
      try registry.register("a", for: pid)
      #expect(registry.pid(of: "a") == pid)
    }
  }

  @Test func `a key is a name: to start under, to call by, to monitor, across restarts`() throws {
    try Simulation(seed: 1).run { runtime in
      let registry = Registry<String, Void>(runtime, name: "Sessions", keys: .unique)
      let name = registry.name("ada")
      _ = try await Supervisor.start(
        in: runtime,
        children: [registry.childSpec(), Counter.childSpec(name: name) { _ in Counter() }])
      let counter = ServerRef<Counter.Message>(runtime, name: name)
      counter.cast(.increment)
      let count = try await counter.call { .value($0) }
      #expect(count == 1)
      let first = try #require(counter.pid)
      let error = await #expect(throws: StartError.self) {
        _ = try await Counter.start(in: runtime, name: name) { _ in Counter() }
      }
      #expect(error == .alreadyStarted(first))
      runtime.exit(first, .kill)
      await runtime.settle()
      #expect(counter.pid != first)
      let fresh = try await counter.call { .value($0) }
      #expect(fresh == 0)
    }
  }

  @Test func `a server that isn't wanted leaves its key free at once`() throws {
    struct Unwanted: GenServer {
      enum Message: Sendable {}
      func initialize(_ process: ProcessContext) -> Initial { .ignore }
      func handle(_ message: Message, _ process: ProcessContext) -> Next {}
    }
    for seed in 0..<20 as Range<UInt64> {
      try Simulation(seed: seed).run { runtime in
        let registry = Registry<String, Void>(runtime, name: "Names", keys: .unique)
        try await registry.start()
        let name = registry.name("a")
        for _ in 0..<3 {
          let error = await #expect(throws: StartError.self) {
            _ = try await Unwanted.start(in: runtime, name: name) { _ in Unwanted() }
          }
          #expect(error == .ignored)
        }
      }
    }
  }

  @Test func `duplicate keys are no names`() throws {
    try Simulation(seed: 1).run { runtime in
      let registry = Registry<String, Void>(runtime, name: "Topics", keys: .duplicate)
      try await registry.start()
      let error = await #expect(throws: StartError.self) {
        _ = try await Counter.start(in: runtime, name: registry.name("a")) { _ in Counter() }
      }
      #expect("\(error!)".contains("a in Topics is no name"))
    }
  }

  @Test func `a call by a key that nobody is under says so`() throws {
    try Simulation(seed: 1).run { runtime in
      let registry = Registry<String, Void>(runtime, name: "Sessions", keys: .unique)
      try await registry.start()
      let nobody = ServerRef<Counter.Message>(runtime, name: registry.name("bob"))
      let error = await #expect(throws: CallError.self) { try await nobody.call { .value($0) } }
      #expect(
        error?.description
          == "call to bob in Sessions (timeout 5.0 seconds) failed: no process: nobody is registered under bob in Sessions"
      )
    }
  }
}
