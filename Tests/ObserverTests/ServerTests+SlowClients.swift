import PlainHTTP
import Processes
import Supervision
import Testing
import Views

@testable import Observer

extension ServerTests {
  /// Who says nothing, never ends, never reads; and too many of them.
  @Suite struct SlowClients {
    @Test func `a thousand who say nothing keep nobody out`() async throws {
      var options = Observed.options
      options.limits.connections = 50
      try await Observed.run(options) { observed in
        let (page, _) = try observed.stream()
        var crowd: [PlainConnection] = []
        for number in 0..<1000 {
          if let client = try? observed.client() { crowd.append(client) }
          if number % 250 == 0 {
            #expect(try observed.get("api/processes/counter").status == 200, "among \(number)")
          }
        }
        // The runtime goes on, and the page that was open before is told.
        observed.runtime.exit(try #require(observed.runtime.whereis("counter")), .kill)
        #expect(try page.receive(until: "\"event\":\"exited\"").contains("killed"))
        // The eldest of the silent had to go.
        #expect(try crowd[0].receive().isEmpty)
      }
    }

    @Test func `who says nothing, or no end of it, is let go`() async throws {
      var options = Observed.options
      options.limits.patience = .milliseconds(100)
      try await Observed.run(options) { (observed: Observed) throws in
        #expect(try observed.client().receive().isEmpty)
        let slow = try observed.client()
        slow.send("GET / HTTP/1.1\r\nX-")
        #expect(try slow.receive().isEmpty)
      }
    }

    /// Children whose names are a megabyte together.
    private static let manyNames = (0..<100).map { number in
      let label = "\(number)" + String(repeating: "n", count: 10_000)
      return Observed.Counter.childSpec(id: "\(number)", label: label) { _ in Observed.Counter() }
    }

    /// Two that ask for a megabyte and don't read it.
    private func readers(_ observed: Observed) throws -> [PlainConnection] {
      try ["export/tree.json", "stream?after=0"].map { path in
        let client = try PlainConnection(port: observed.port, receiveBuffer: 4096)
        client.send(Observed.head("GET", "/\(observed.token)/api/\(path)", port: observed.port))
        return client
      }
    }

    @Test func `clients that never read hold nobody up`() async throws {
      var options = Observed.options
      options.limits.unreadBytes = 16 << 10
      try await Observed.run(options, children: Self.manyNames) { observed in
        let slow = try readers(observed)
        for _ in 0..<10 { #expect(try observed.get("api/processes/counter").status == 200) }
        let pid = try #require(observed.runtime.whereis("counter"))
        observed.runtime.exit(pid, .kill)
        await observed.runtime.settle()
        #expect(observed.runtime.whereis("counter") != pid)
        #expect(try observed.json("api/system")["observer_connections"] == 3)
        withExtendedLifetime(slow) {}
      }
    }

    @Test func `a client that never reads is dropped`() async throws {
      let count = ConnectionCount()
      var options = Observed.options
      options.limits.patience = .milliseconds(100)
      options.limits.unreadBytes = 16 << 10
      options.limits.onConnections = count.listener
      try await Observed.run(options, children: Self.manyNames) { observed in
        let slow = try readers(observed)
        await count.wait { $0 == 0 }
        #expect(observed.runtime.events.subscriptionCount == 0)
        withExtendedLifetime(slow) {}
      }
    }

    @Test func `who asks on and on and never reads is dropped, too`() async throws {
      var options = Observed.options
      options.limits.patience = .milliseconds(100)
      options.limits.unreadBytes = 16 << 10
      try await Observed.run(options, children: Self.manyNames) { (observed: Observed) throws in
        let client = try PlainConnection(port: observed.port, receiveBuffer: 4096)
        let head = Observed.head(
          "GET", "/\(observed.token)/api/export/tree.json", port: observed.port)
        while client.send(head) {}
        // Nobody else noticed.
        #expect(observed.runtime.whereis("counter") != nil)
      }
    }
  }
}
