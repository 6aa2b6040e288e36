import Supervision
import SupervisionTesting
import Testing

@Suite struct TraceTests {
  private func shelf(
    _ runtime: Runtime, _ body: (ServerRef<Shelf.Message>, Locked<[String]>) async throws -> Void
  ) async throws {
    let shelf = try await Shelf.start(in: runtime, name: "shelf") { _ in Shelf() }
    let lines = Locked([String]())
    try await body(shelf, lines)
    try await shelf.stop()
  }

  @Test func `a trace tells what comes in, what goes out and the state, as people may see them`()
    async throws
  {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, lines in
        try await shelf.sys.trace { event in lines.withLock { $0.append("\(event)") } }
        shelf.cast(.put("a", "secret"))
        _ = try await shelf.call { .get("a", $0) }
        shelf.cast(.proceed)
        runtime.send(try #require(shelf.pid), "hello")
        _ = try await shelf.sys.status()
        let who = "*DBG* shelf \(try #require(shelf.pid))"
        #expect(
          lines.withLock { $0 } == [
            "\(who) got put(a, …)", "\(who) new state 1 pairs",
            "\(who) got get(\"a\", ReplyTo<Optional<String>>)", "\(who) answered …",
            "\(who) new state 1 pairs",
            "\(who) got proceed", "\(who) new state 1 pairs", "\(who) continues with proceeded",
            "\(who) new state 1 pairs",
            "\(who) got message(\"hello\")", "\(who) new state 1 pairs",
          ])
      }
    }
  }

  @Test func `answers of a handler's child tasks are told, too`() async throws {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, lines in
        try await shelf.sys.trace { event in
          if case .replied(let reply) = event.kind { lines.withLock { $0.append("\(reply)") } }
        }
        _ = try await shelf.call { .answerLater($0) }
        _ = try await shelf.sys.status()
        #expect(lines.withLock { $0 } == ["1"])
      }
    }
  }

  @Test func `a sink takes as many events as it was limited to`() async throws {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, lines in
        try await shelf.sys.install("few", limit: 3) { event in lines.withLock { $0.append("few") }
        }
        try await shelf.sys.install("all") { event in lines.withLock { $0.append("all") } }
        #expect(try await shelf.sys.status().sinks == ["few", "all"])
        shelf.cast(.put("a", ""))
        shelf.cast(.put("b", ""))
        #expect(try await shelf.sys.status().sinks == ["all"])
        #expect(lines.withLock { $0 } == ["few", "all", "few", "all", "few", "all", "all"])
      }
    }
  }

  @Test func `the older of two sinks of one name stays, and can be removed once`() async throws {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, lines in
        #expect(try await shelf.sys.trace { _ in lines.withLock { $0.append("old") } })
        #expect(try await !shelf.sys.trace { _ in lines.withLock { $0.append("new") } })
        shelf.cast(.put("a", ""))
        #expect(try await shelf.sys.stopTracing())
        #expect(try await !shelf.sys.stopTracing())
        shelf.cast(.put("b", ""))
        _ = try await shelf.sys.status()
        #expect(lines.withLock { $0 } == ["old", "old"])
      }
    }
  }

  @Test func `a sink that throws is removed, and the server goes on`() async throws {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, lines in
        try await shelf.sys.trace { _ in
          lines.withLock { $0.append("once") }
          throw ExitReason.normal
        }
        shelf.cast(.put("a", ""))
        #expect(try await shelf.sys.status().sinks == [])
        #expect(lines.withLock { $0 } == ["once"])
      }
    }
  }

  @Test func `a log keeps the newest events, also in the status`() async throws {
    try await withRuntime { runtime in
      try await shelf(runtime) { shelf, _ in
        #expect(try await shelf.sys.log().isEmpty)
        try await shelf.sys.startLogging(limit: 2)
        for key in ["a", "b"] { shelf.cast(.put(key, "")) }
        #expect(try await shelf.sys.log().map(\.text) == ["put(b, …)", "2 pairs"])
        #expect(try await shelf.sys.status().log.count == 2)
        try await shelf.sys.stopLogging()
        #expect(try await shelf.sys.log().isEmpty)
      }
    }
  }

  @Test func `statistics count messages from their start on, and starting twice changes nothing`()
    async throws
  {
    let clock = VirtualClock()
    let runtime = Runtime(clock: clock)
    defer { runtime.shutdown() }
    try await shelf(runtime) { shelf, _ in
      #expect(try await shelf.sys.statistics() == nil)
      await clock.advance(by: .seconds(1))
      try await shelf.sys.startStatistics()
      shelf.cast(.put("a", ""))
      _ = try await shelf.call { .get("a", $0) }
      runtime.send(try #require(shelf.pid), "hello")
      try await shelf.sys.startStatistics()
      await clock.advance(by: .seconds(2))
      let statistics = try #require(try await shelf.sys.statistics())
      #expect(statistics.startTime == .seconds(1))
      #expect(statistics.currentTime == .seconds(3))
      #expect(statistics.messagesIn == 3)
      #expect(statistics.messagesOut == 1)
      try await shelf.sys.stopDebugging()
      #expect(try await shelf.sys.statistics() == nil)
    }
  }
}
