import SupervisionTesting
import Testing

@testable import Supervision

@Suite struct ApplicationPlanTests {
  private func plan(
    _ name: String, _ needs: [String: [String]]
  ) throws(ApplicationError) -> [String] {
    try ApplicationPlan(starting: name) { needs[$0] }.order
  }

  @Test func `what is needed comes before those who need it, each once`() throws {
    let rows: [([String: [String]], [String])] = [
      (["a": []], ["a"]),
      (["a": ["b"], "b": ["c"], "c": []], ["c", "b", "a"]),
      (["a": ["c", "b"], "b": [], "c": []], ["c", "b", "a"]),
      (["a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []], ["d", "b", "c", "a"]),
      (["a": ["b", "b"], "b": []], ["b", "a"]),
      (["a": [], "b": ["a"]], ["a"]),
    ]
    for (needs, order) in rows { #expect(try plan("a", needs) == order) }
  }

  @Test func `what is missing is named, and who needs it`() {
    #expect(throws: ApplicationError.unknown("a", neededBy: nil)) { try plan("a", [:]) }
    #expect(throws: ApplicationError.unknown("c", neededBy: "b")) {
      try plan("a", ["a": ["b"], "b": ["c"]])
    }
  }

  @Test func `a circle is told as one, without the way to it`() {
    #expect(throws: ApplicationError.circular(["a"])) { try plan("a", ["a": ["a"]]) }
    let needs = ["a": ["b"], "b": ["c"], "c": ["d"], "d": ["b"]]
    #expect(throws: ApplicationError.circular(["b", "c", "d"])) { try plan("a", needs) }
    #expect(
      ApplicationError.circular(["b", "c", "d"]).description
        == "applications need each other in a circle: b → c → d → b")
  }

  @Test func `the type and the reason decide about the others`() {
    let rows: [(ApplicationType, ExitReason, Bool)] = [
      (.permanent, .normal, true), (.permanent, .shutdown, true),
      (.transient, .normal, false), (.transient, .shutdown, true), (.transient, .killed, true),
      (.temporary, .normal, false), (.temporary, .killed, false),
    ]
    for (type, reason, expected) in rows {
      #expect(type.endsOthers(after: reason) == expected, "\(type) \(reason)")
    }
  }
}

@Suite struct ApplicationsTests {
  /// What starts and stops in a test, in order.
  private typealias Log = Locked<[String]>

  /// An application whose root is one server; `fault` makes its start fail.
  private func application(
    _ name: String, needs: [String] = [], _ log: Log, fault: ExitReason? = nil
  ) -> ApplicationSpec {
    let root = ChildSpec(id: name) { parent in
      if let fault { throw StartError.failed(fault) }
      let server = try await Puppet.startLinked(by: parent, name: name) { _ in
        Puppet(name: name, log: log)
      }
      guard let pid = server.pid else { throw StartError.failed(.noProcess) }
      return pid
    }
    return ApplicationSpec(name, dependencies: needs, root: root)
  }

  /// A root that notes its start and its end.
  private struct Puppet: GenServer {
    enum Message: Sendable { case stop(ExitReason) }

    let name: String
    let log: Log

    mutating func initialize(_ process: ProcessContext) -> Initial {
      process.isTrappingExits = true
      log.withLock { $0.append("+\(name)") }
      return .ok
    }

    mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
      switch message {
      case .stop(let reason): .stop(reason)
      }
    }

    mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) {
      log.withLock { $0.append("-\(name)") }
    }
  }

  private func end(_ name: String, _ reason: ExitReason, in runtime: Runtime) async {
    ServerRef<Puppet.Message>(runtime, name: name).cast(.stop(reason))
    await runtime.settle()
  }

  /// Applications a ← b ← c, of which c depends on a library, too.
  private func abc(_ runtime: Runtime, _ log: Log) async throws -> Applications {
    try await Applications.start(
      in: runtime,
      [
        application("c", needs: ["b", "library"], log), application("a", log),
        application("b", needs: ["a"], log), ApplicationSpec("library"),
      ])
  }

  @Test func `all that is needed starts first, and stops last`() async throws {
    try await simulate(seeds: 0..<20) { runtime in
      let log = Log([])
      let applications = try await abc(runtime, log)
      #expect(try await applications.ensureAllStarted("c") == ["a", "b", "library", "c"])
      #expect(try await applications.running().map(\.name) == ["a", "b", "library", "c"])
      #expect(
        try await applications.running().map { $0.root == nil } == [false, false, true, false])
      #expect(try await applications.ensureAllStarted("c") == [])
      await applications.stopAll()
      #expect(log.withLock { $0 } == ["+a", "+b", "+c", "-c", "-b", "-a"])
      await runtime.settle()
      #expect(runtime.processCount == 0)
    }
  }

  @Test func `start alone wants the dependencies to run`() async throws {
    try await simulate(seeds: 0..<5) { runtime in
      let applications = try await abc(runtime, Log([]))
      await #expect(throws: ApplicationError.notStarted("a", neededBy: "b")) {
        try await applications.start("b")
      }
      try await applications.start("a")
      try await applications.start("b")
      await #expect(throws: ApplicationError.alreadyStarted("b")) {
        try await applications.start("b")
      }
      await #expect(throws: ApplicationError.unknown("x", neededBy: nil)) {
        try await applications.start("x")
      }
    }
  }

  @Test func `stopping one by hand stops no other, whatever its type`() async throws {
    try await simulate(seeds: 0..<5) { runtime in
      let log = Log([])
      let applications = try await abc(runtime, log)
      try await applications.ensureAllStarted("c", .permanent)
      try await applications.stop("a")
      #expect(try await applications.running().map(\.name) == ["b", "library", "c"])
      await #expect(throws: ApplicationError.notStarted("a", neededBy: nil)) {
        try await applications.stop("a")
      }
      try await applications.start("a")
      try await applications.stop("library")
      #expect(try await applications.running().map(\.name) == ["b", "c", "a"])
    }
  }

  @Test func `when a start fails, what was started for it is stopped again`() async throws {
    try await simulate(seeds: 0..<20) { runtime in
      let log = Log([])
      let applications = try await abc(runtime, log)
      try await applications.load(application("f", needs: ["b"], log, fault: .custom("nope")))
      try await applications.start("a")
      await #expect(throws: ApplicationError.failed("f", .custom("nope"))) {
        try await applications.ensureAllStarted("f")
      }
      #expect(try await applications.running().map(\.name) == ["a"])
      #expect(log.withLock { $0 } == ["+a", "+b", "-b"])
    }
  }

  @Test func `a permanent or transient one that fails to start stops all`() async throws {
    for type in [ApplicationType.permanent, .transient] {
      try await simulate(seeds: 0..<10) { runtime in
        let log = Log([])
        let applications = try await abc(runtime, log)
        try await applications.load(application("f", log, fault: .custom("nope")))
        try await applications.ensureAllStarted("b")
        let controller = try #require(applications.pid)
        await #expect(throws: ApplicationError.failed("f", .custom("nope"))) {
          try await applications.start("f", type)
        }
        await runtime.settle()
        #expect(!runtime.isAlive(controller))
        #expect(log.withLock { $0 } == ["+a", "+b", "-b", "-a"])
      }
    }
  }

  @Test func `the end of an application stops the others, by its type`() async throws {
    let rows: [(ApplicationType, ExitReason, endsOthers: Bool)] = [
      (.permanent, .normal, true), (.permanent, .custom("boom"), true),
      (.transient, .normal, false), (.transient, .shutdown, true),
      (.temporary, .custom("boom"), false),
    ]
    for (type, reason, endsOthers) in rows {
      try await simulate(seeds: 0..<10) { runtime in
        let log = Log([])
        let applications = try await abc(runtime, log)
        try await applications.ensureAllStarted("b")
        try await applications.start("library")
        try await applications.start("c", type)
        let ended = Locked<ExitReason?>(nil)
        runtime.spawn { _ in
          let reason = await applications.waitUntilEnded()
          ended.withLock { $0 = reason }
        }
        await runtime.settle()
        await end("c", reason, in: runtime)
        if endsOthers {
          #expect(log.withLock { $0 } == ["+a", "+b", "+c", "-c", "-b", "-a"])
          #expect(ended.withLock { $0 } == .custom("application_terminated:c:\(reason)"))
        } else {
          #expect(try await applications.running().map(\.name) == ["a", "b", "library"])
          #expect(log.withLock { $0 } == ["+a", "+b", "+c", "-c"])
          // It can be started again.
          try await applications.start("c", type)
        }
      }
    }
  }

  @Test func `an application may start another one while it is itself being started`() async throws
  {
    try await simulate(seeds: 0..<20) { runtime in
      let log = Log([])
      let inner = application("inner", log)
      let outer = ApplicationSpec(
        "outer",
        root: ChildSpec(id: "outer") { parent in
          try await Applications(parent.runtime).start("inner")
          guard let start = application("outer", log).root?.start else {
            throw StartError.ignored
          }
          return try await start(parent)
        })
      let applications = try await Applications.start(in: runtime, [outer, inner])
      try await applications.start("outer")
      #expect(try await applications.running().map(\.name) == ["inner", "outer"])
    }
  }

  @Test func `two who start the same one share its start`() async throws {
    try await simulate(seeds: 0..<20) { runtime in
      let log = Log([])
      let slow = ApplicationSpec(
        "slow",
        root: ChildSpec(id: "slow") { parent in
          try await parent.sleep(for: .seconds(1))
          guard let start = application("slow", log).root?.start else { throw StartError.ignored }
          return try await start(parent)
        })
      let applications = try await Applications.start(in: runtime, [slow])
      let done = Locked(0)
      for _ in 0..<2 {
        runtime.spawn { _ in
          try await applications.start("slow")
          done.withLock { $0 += 1 }
        }
      }
      await runtime.settle()
      #expect(done.withLock { $0 } == 2)
      #expect(log.withLock { $0 } == ["+slow"])
    }
  }

  @Test func `what is to be done before and after the tree stops is done`() async throws {
    try await simulate(seeds: 0..<10) { runtime in
      let log = Log([])
      var spec = application("a", log)
      spec.willStop = { log.withLock { $0.append("will stop") } }
      spec.didStop = { log.withLock { $0.append("did stop") } }
      let applications = try await Applications.start(in: runtime, [spec])
      try await applications.start("a")
      try await applications.stop("a")
      #expect(log.withLock { $0 } == ["+a", "will stop", "-a", "did stop"])
      try await applications.start("a")
      await end("a", .custom("boom"), in: runtime)
      #expect(log.withLock { $0 }.suffix(4) == ["+a", "-a", "will stop", "did stop"])
    }
  }

  @Test func `settings belong to a loaded application`() async throws {
    try await simulate(seeds: 0..<3) { runtime in
      let applications = try await Applications.start(
        in: runtime, [ApplicationSpec("web", environment: ["port": 80])])
      #expect(try await applications.setting("port", of: "web", as: Int.self) == 80)
      #expect(try await applications.setting("port", of: "web", as: String.self) == nil)
      try await applications.set("port", of: "web", to: 81)
      #expect(try await applications.setting("port", of: "web", as: Int.self) == 81)
      await #expect(throws: ApplicationError.unknown("db", neededBy: nil)) {
        try await applications.set("port", of: "db", to: 1)
      }
      try await applications.start("web")
      await #expect(throws: ApplicationError.running("web")) {
        try await applications.unload("web")
      }
      try await applications.stop("web")
      try await applications.unload("web")
      #expect(try await applications.loaded() == [])
    }
  }

  @Test func `the end of a child's tree is an event with its reason`() async throws {
    try await simulate(seeds: 0..<10) { runtime in
      let applications = try await abc(runtime, Log([]))
      try await applications.start("a")
      await end("a", .custom("boom"), in: runtime)
      let stops = runtime.events.recent().compactMap { event -> String? in
        guard case .note(let note as SupervisionNote) = event.kind,
          case .applicationStopped(let name, _, let reason) = note
        else { return nil }
        return "\(name) \(reason)"
      }
      #expect(stops == ["a boom"])
    }
  }
}
