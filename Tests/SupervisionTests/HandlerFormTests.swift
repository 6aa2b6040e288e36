import Supervision
import SupervisionTesting
import Testing

/// One function for both of the protocol's `handle`: with `async` or without; or both, side by side.
@Suite struct HandlerFormTests {
  struct Waiting: GenServer {
    enum Message: Sendable { case ask(ReplyTo<String>) }
    func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
      switch message {
      case .ask(let reply):
        try await process.sleep(for: .seconds(1))
        reply("after a while")
      }
      return .receive
    }
  }

  struct Both: GenServer {
    enum Message: Sendable { case now(ReplyTo<String>), later(ReplyTo<String>), fail, stop }
    var seen: [String] = []

    mutating func handle(_ message: Message, _ process: ProcessContext) throws -> Next {
      switch message {
      case .now(let reply): reply("at once, after \(seen)")
      case .later: return .asynchronously
      case .fail: throw ExitReason.custom("boom")
      case .stop: return .stop(.custom("enough"))
      }
      return .receive
    }

    mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
      guard case .later(let reply) = message else { return .stop(.custom("not mine")) }
      try await process.sleep(for: .seconds(1))
      seen.append("later")
      reply("in the end")
      return .receive
    }
  }

  @Test func `a handler with async is asked when it is the only one`() async throws {
    try await withVirtualTime { runtime in
      let server = try await Waiting.start(in: runtime) { _ in Waiting() }
      #expect(try await server.call { .ask($0) } == "after a while")
      try await server.stop()
    }
  }

  @Test func `of two handlers the one without async decides who handles what`() async throws {
    try await withVirtualTime { runtime in
      let server = try await Both.start(in: runtime) { _ in Both() }
      #expect(try await server.call { .later($0) } == "in the end")
      #expect(try await server.call { .now($0) } == #"at once, after ["later"]"#)
      try await server.stop()
    }
  }

  @Test func `it does so while the server is watched, too`() async throws {
    try await withVirtualTime { runtime in
      let server = try await Both.start(in: runtime) { _ in Both() }
      let log = Log()
      try await server.sys.install("log") { log("\($0.kind)") }
      #expect(try await server.call { .later($0) } == "in the end")
      #expect(try await server.call { .now($0) } == #"at once, after ["later"]"#)
      #expect(!log.take().isEmpty)
      try await server.stop()
    }
  }

  @Test(arguments: [(Both.Message.fail, ExitReason.custom("boom")), (.stop, .custom("enough"))])
  func `a handler without async ends its server by throwing and by saying so`(
    message: Both.Message, reason: ExitReason
  ) async throws {
    try await withVirtualTime { runtime in
      let server = try await Both.start(in: runtime) { _ in Both() }
      let pid = try #require(server.pid)
      server.cast(message)
      await runtime.settle()
      let reasons = runtime.events.recent().compactMap { event -> ExitReason? in
        if case .exited(let who, let reason) = event.kind, who.pid == pid { reason } else { nil }
      }
      #expect(reasons == [reason])
    }
  }

  struct Mute: GenServer {
    enum Message: Sendable { case ask(ReplyTo<Int>) }
  }

  @Test func `a server without a handler ends with an error that says so`() async throws {
    try await withVirtualTime { runtime in
      let server = try await Mute.start(in: runtime) { _ in Mute() }
      let error = await #expect(throws: CallError.self) {
        _ = try await server.call { .ask($0) } as Int
      }
      let text = error?.reason.description ?? ""
      #expect(text.contains("Mute got a message but has no `handle(_:_:)`"))
    }
  }
}
