import Processes
import Supervision
import SupervisionTesting
import Testing

/// What a server is stuck in, as others see it without asking.
@Suite struct CurrentHandlerTests {
  private struct Stuck: GenServer {
    enum Message: Sendable {
      case wait(String)
      case goOn(String)
      case rest
    }

    func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
      switch message {
      case .wait: try await process.sleep(for: .seconds(10))
      case .goOn: return .continue(with: .rest)
      case .rest: return .receive
      }
      return .receive
    }

    func handleContinue(_ message: Message, _ process: ProcessContext) async throws -> Next {
      try await process.sleep(for: .seconds(10))
      return .receive
    }

    func handleInfo(_ info: Info, _ process: ProcessContext) async throws -> Next {
      try await process.sleep(for: .seconds(10))
      return .receive
    }

    func terminate(_ reason: ExitReason, _ process: ProcessContext) async throws {
      try await process.sleep(for: .seconds(10))
    }
  }

  private final class Thing: Sendable {}

  private struct Holding: GenServer {
    struct Message: Sendable { let thing: Thing }
    func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
      try await process.sleep(for: .seconds(10))
      return .receive
    }
  }

  private struct SlowStart: GenServer {
    enum Message: Sendable { case none }
    func initialize(_ process: ProcessContext) async throws -> Initial {
      try await process.sleep(for: .seconds(10))
      return .ok
    }
    func handle(_ message: Message, _ process: ProcessContext) -> Next { .receive }
  }

  /// Waits until the server is inside a handler, looks, and waits until it is not.
  private func seen(
    _ act: @escaping @Sendable (Runtime, PID, ServerRef<Stuck.Message>) throws -> Void
  ) throws -> (during: String?, after: String?) {
    try Simulation(seed: 1).run { runtime in
      let server = try await Stuck.start(in: runtime) { _ in Stuck() }
      let pid = try #require(server.pid)
      try act(runtime, pid, server)
      try await runtime.sleep(for: .seconds(1))
      let during = runtime.currentHandler(of: pid)
      try await runtime.sleep(for: .seconds(20))
      return (during, runtime.currentHandler(of: pid))
    }
  }

  @Test func `a message is told by its name, without what it carries`() throws {
    let (during, after) = try seen { $2.cast(.wait("a secret")) }
    #expect(during == "wait")
    #expect(after == nil)
  }

  @Test func `so is a continuation`() throws {
    #expect(try seen { $2.cast(.goOn("a secret")) }.during == "continuation rest")
  }

  @Test func `what comes in besides is told by its kind`() throws {
    #expect(try seen { runtime, pid, _ in runtime.send(pid, 1) }.during == "a plain message")
  }

  @Test func `a server that ends is at its end`() throws {
    #expect(try seen { runtime, pid, _ in runtime.crash(pid, "boom") }.during == "its end")
  }

  @Test func `a server that does not come up is at its start`() throws {
    let during = try Simulation(seed: 1).run { runtime in
      runtime.spawn { process in
        _ = try await SlowStart.startLinked(by: process, name: "slow") { _ in SlowStart() }
      }
      try await runtime.sleep(for: .seconds(1))
      return runtime.whereis("slow").flatMap(runtime.currentHandler)
    }
    #expect(during == "its start")
  }

  @Test func `a function that it was given to run is told as such`() throws {
    let during = try seen { runtime, pid, _ in
      runtime.spawn { _ in
        try await runtime.sys(pid).run { try await $0.sleep(for: .seconds(10)) }
      }
    }.during
    #expect(during == "a function given to it")
  }

  @Test func `a supervisor tells what it was asked for`() throws {
    let during = try Simulation(seed: 1).run { runtime in
      let supervisor = try await DynamicSupervisor.start(in: runtime)
      runtime.spawn { _ in
        _ = try await supervisor.startChild(SlowStart.childSpec { _ in SlowStart() })
      }
      try await runtime.sleep(for: .seconds(1))
      return supervisor.pid.flatMap(runtime.currentHandler)
    }
    #expect(during == "startChild")
  }

  @Test func `what it handled is let go with its handler`() throws {
    let isGone = try Simulation(seed: 1).run { runtime in
      let server = try await Holding.start(in: runtime) { _ in Holding() }
      weak var held: Thing?
      do {
        let thing = Thing()
        held = thing
        server.cast(Holding.Message(thing: thing))
      }
      try await runtime.sleep(for: .seconds(20))
      return held == nil
    }
    #expect(isGone)
  }

  private struct Busy: GenServer {
    enum Message: Sendable {
      case hold(Thing)
      case next([String])
      case count(ReplyTo<Int>)
    }
    var count = 0

    mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
      count += 1
      switch message {
      case .hold: if count % 100 == 0 { try await process.sleep(for: .microseconds(50)) }
      case .next(let words): if words.count == 1 { return .continue(with: .next(words + words)) }
      case .count(let reply): reply(count)
      }
      return .receive
    }
  }

  @Test func `whoever looks while messages fly by sees whole ones`() async throws {
    let runtime = Runtime()
    let server = try await Busy.start(in: runtime) { _ in Busy() }
    let pid = try #require(server.pid)
    let isOver = Locked(false)
    // On a thread of its own: it would keep one of the two from all other tests.
    let other = Runtime(workers: 1)
    defer { other.shutdown() }
    let seen = Locked<Set<String>>([])
    let looker = other.spawn { _ in
      while !isOver.withLock({ $0 }) {
        if let name = runtime.currentHandler(of: pid) { seen.withLock { _ = $0.insert(name) } }
      }
    }
    for number in 1...20_000 {
      server.cast(number % 2 == 0 ? .hold(Thing()) : .next(["a message of some length, \(number)"]))
    }
    #expect(try await server.call(timeout: .seconds(60)) { .count($0) } == 30_001)
    isOver.withLock { $0 = true }
    let expected: Set = ["hold", "next", "continuation next", "count"]
    _ = await other.waitForExit(of: looker)
    #expect(seen.withLock { $0 }.isSubset(of: expected))
    try await server.stop()
  }

  @Test func `one that waits for its next message handles nothing`() throws {
    #expect(try seen { _, _, _ in }.during == nil)
  }
}
