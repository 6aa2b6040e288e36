import Supervision
import SupervisionTesting
import Testing

/// A server without `async`, of which all but the first begin on their starter's stack.
private struct Sudden: GenServer {
  enum Message: Sendable {
    case who(ReplyTo<[PID?]>)
    case note(String)
    case notes(ReplyTo<[String]>)
  }

  typealias Initialize = @Sendable (ProcessContext) throws -> Initial

  let initial: Initialize
  let maker: PID
  var notes: [String] = []

  init(_ process: ProcessContext, _ initial: @escaping Initialize) {
    self.initial = initial
    maker = process.pid
  }

  mutating func initialize(_ process: ProcessContext) throws -> Initial { try initial(process) }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .who(let reply): reply([maker, process.pid, process.parent])
    case .note(let note): notes.append(note)
    case .notes(let reply): reply(notes)
    }
    return .receive
  }

  static func start(
    by process: ProcessContext, name: String? = nil, _ initial: @escaping Initialize
  ) async throws -> ServerRef<Message> {
    try await startLinked(by: process, name: name) { Sudden($0, initial) }
  }
}

/// Its initialization waits, however often it was started before.
private struct Patient: GenServer {
  typealias Message = ReplyTo<Bool>

  var isReady = false

  mutating func initialize(_ process: ProcessContext) async throws -> Initial {
    try await process.sleep(for: .milliseconds(1))
    isReady = true
    return .ok
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    message(isReady)
    return .receive
  }
}

/// A beginning on the starter's stack is that of a process of its own. On threads, where it is done so, and
/// in simulation, where it is not, it looks the same.
@Suite struct BeginningTests {
  private func everywhere(
    _ body: @escaping @Sendable (ProcessContext) async throws -> Void
  ) async throws {
    let threads = Runtime()
    defer { threads.shutdown() }
    try await ProcessTask<Void>.run(in: threads, body)
    try Simulation(seed: 1).run { runtime in
      try await ProcessTask<Void>.run(in: runtime, body)
    }
  }

  @Test func `a server is itself from its first moment`() async throws {
    try await everywhere { process in
      for _ in 0..<3 {
        let server = try await Sudden.start(by: process, name: "sudden") { inner in
          #expect(inner.runtime.whereis("sudden") == inner.pid)
          return .ok
        }
        let pid = try #require(server.pid)
        #expect(try await server.call { .who($0) } == [pid, pid, process.pid])
        try await server.stop()
      }
    }
  }

  @Test
  func
    `what it sends itself while it begins is handled afterwards, and what it goes on with first`()
    async throws
  {
    try await everywhere { process in
      for _ in 0..<3 {
        let server = try await Sudden.start(by: process) { inner in
          ServerRef<Sudden.Message>(inner.runtime, pid: inner.pid).cast(.note("sent"))
          return .then(.continue(with: .note("continued")))
        }
        let notes = try await server.call { .notes($0) }
        #expect(notes == ["continued", "sent"])
        try await server.stop()
      }
    }
  }

  @Test func `a beginning that fails is told to the starter, as an error and as a signal`()
    async throws
  {
    let boom = ExitReason.error(EscapedError(type: "Boom", message: "boom"))
    let rows: [(initial: Sudden.Initialize, error: StartError, exit: ExitReason)] = [
      ({ _ in .ignore }, .ignored, .normal),
      ({ _ in .stop(.custom("no")) }, .failed(.custom("no")), .custom("no")),
      ({ _ in throw Boom() }, .failed(boom), boom),
      (
        { process in
          process.exit(process.pid, .kill)
          return .ok
        }, .failed(.killed), .killed
      ),
    ]
    try await everywhere { process in
      process.isTrappingExits = true
      for row in rows {
        for _ in 0..<3 {
          await #expect(throws: row.error) {
            _ = try await Sudden.start(by: process, name: "s", row.initial)
          }
          let exit = try await process.receive(timeout: .seconds(5)) { info -> ExitReason? in
            if case .exit(let exit) = info { exit.reason } else { nil }
          }
          #expect(exit == row.exit)
          #expect(process.runtime.whereis("s") == nil)
        }
      }
    }
  }

  @Test func `a starter that does not trap exits goes with it`() async throws {
    try await everywhere { process in
      for _ in 0..<3 {
        let (starter, ref) = process.spawnMonitored { starter in
          _ = try await Sudden.start(by: starter) { _ in .stop(.custom("no")) }
          Issue.record("it went on")
        }
        let down = try await process.receive { info -> Down? in
          if case .down(let down) = info, down.ref == ref { down } else { nil }
        }
        #expect(down?.reason == .custom("no"))
        #expect(!process.runtime.isAlive(starter))
      }
    }
  }

  @Test func `an initialization that waits is waited for at every start`() async throws {
    try await everywhere { process in
      for _ in 0..<3 {
        let server = try await Patient.startLinked(by: process) { _ in Patient() }
        #expect(try await server.call { $0 })
        try await server.stop()
      }
    }
  }

  /// The first child begins in a turn of its own, the others on the supervisor's stack.
  @Test func `a dynamic supervisor's children are the same whichever way they begin`() async throws
  {
    try await everywhere { process in
      let supervisor = try await DynamicSupervisor.startLinked(by: process, .init(maxChildren: 4))
      let pid = try #require(supervisor.pid)
      func spec(_ name: String? = nil, _ initial: @escaping Sudden.Initialize) -> ChildSpec {
        Sudden.childSpec(id: "sudden", name: name, label: "s", restart: .temporary) {
          Sudden($0, initial)
        }
      }
      for order in 1...3 {
        let child = try await supervisor.startChild(spec("s\(order)") { _ in .ok })
        let snapshot = try #require(process.runtime.snapshot(of: child))
        #expect(snapshot.parent == pid)
        #expect(snapshot.supervision?.supervisor == pid)
        #expect(snapshot.supervision?.childID == "sudden")
        #expect(snapshot.order == order)
        #expect(snapshot.name == "s\(order)" && snapshot.label == "s")
        #expect(snapshot.links == [pid])
      }
      for _ in 0..<2 {
        await #expect(throws: StartError.ignored) {
          try await supervisor.startChild(spec { _ in .ignore })
        }
        await #expect(throws: StartError.failed(.custom("no"))) {
          try await supervisor.startChild(spec { _ in .stop(.custom("no")) })
        }
        let holder = try #require(process.runtime.whereis("s1"))
        await #expect(throws: StartError.alreadyStarted(holder)) {
          try await supervisor.startChild(spec("s1") { _ in .ok })
        }
      }
      #expect(try await supervisor.countChildren().active == 3)
      let last = try await supervisor.startChild(spec { _ in .ok })
      await #expect(throws: StartError.limitReached(4)) {
        try await supervisor.startChild(spec { _ in .ok })
      }
      try await supervisor.terminateChild(last)
      #expect(try await supervisor.whichChildren().count == 3)
      try await supervisor.stop()
      process.unlink(pid)
    }
  }
}
