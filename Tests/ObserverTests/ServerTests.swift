import PlainHTTP
import Processes
import Supervision
import Testing
import Views

@testable import Observer

/// Against the real server, over loopback; one test at a time, since each waits with a thread.
@Suite(.serialized) enum ServerTests {}

extension ServerTests {
  /// What is answered, and how long the server lives.
  @Suite struct Serving {
    @Test func `the page is one answer with a strict policy`() async throws {
      try await Observed.run { observed in
        let answer = try observed.get("")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
        let policy = try #require(answer.headers["content-security-policy"])
        #expect(policy.contains("default-src 'none'"))
        #expect(!policy.contains("unsafe"))
        // The nonce is another each time.
        #expect(try observed.get("").headers["content-security-policy"] != policy)
        #expect(answer.headers["referrer-policy"] == "no-referrer")
        #expect(answer.headers["cache-control"] == "no-store")
        #expect(answer.headers["x-content-type-options"] == "nosniff")
        #expect(!answer.body.contains("NONCE"))
        // Nothing leads elsewhere, but for the name of the language of pictures.
        let others = answer.body.replacing("http://www.w3.org/2000/svg", with: "")
        #expect(!others.contains("http://") && !others.contains("https://"))
        #expect(answer.body.contains("rel=\"icon\" href=\"data:image/svg+xml,"))
      }
    }

    @Test func `events are streamed, from where a page was when it lost the connection`()
      async throws
    {
      try await Observed.run { observed in
        let (page, hello) = try observed.stream()
        #expect(hello.contains("200 OK"))
        let last = observed.runtime.events.lastNumber
        observed.runtime.exit(try #require(observed.runtime.whereis("counter")), .kill)
        await observed.runtime.settle()
        let news = try page.receive(until: "\"event\":\"restarted\"")
        #expect(news.contains("id: \(observed.runtime.events.lastNumber)"))
        // Another, that had seen all before the kill.
        let missed = try observed.stream(
          "", ["Last-Event-ID: \(last)"], until: "\"event\":\"restarted\""
        ).text
        #expect(missed.contains("\"known\":true"))
        #expect(missed.contains("\"seq\":\(last + 1),"))
        // One from another runtime.
        let unknown = try observed.stream("", ["Last-Event-ID: 99999"], until: "}\n\n").text
        #expect(unknown.contains("\"known\":false"))
      }
    }

    @Test func `what came too fast is counted, and what is newest is sent`() async throws {
      try await Observed.run { observed in
        for _ in 0..<1000 { observed.runtime.spawn { _ in } }
        await observed.runtime.settle()
        let text = try observed.stream("?after=1", until: "event: events").text
        #expect(text.contains("event: gap"))
        #expect(text.contains("\"missed\":"))
      }
    }

    @Test func `one connection serves many requests, also those sent all at once`() async throws {
      try await Observed.run { observed in
        let client = try observed.client()
        for _ in 0..<3 {
          client.send(Observed.head("GET", "/\(observed.token)/api/system", port: observed.port))
          #expect(try client.answer().status == 200)
        }
        let head = Observed.head("HEAD", "/\(observed.token)/", port: observed.port)
        let client2 = try observed.client()
        client2.send(head)
        #expect(try client2.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
      }
    }

    @Test func `a head can be asked for, and what follows on the connection is whole`() async throws
    {
      try await Observed.run { observed in
        let client = try observed.client()
        for path in ["", "api/tree", "api/stream"] {
          client.send(Observed.head("HEAD", "/\(observed.token)/\(path)", port: observed.port))
          #expect(try client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"), "\(path)")
          client.send(Observed.head("GET", "/\(observed.token)/api/sample", port: observed.port))
          #expect(try client.answer().body.hasPrefix("{\"type\":\"sample\""), "\(path)")
        }
      }
    }

    @Test func `the specification of a child is shown as its supervisor has it`() async throws {
      let spec = Observed.Counter.childSpec(
        name: "careful", restart: .transient, shutdown: .after(.milliseconds(1500)),
        isSignificant: true
      ) { _ in Observed.Counter() }
      let abrupt = Observed.Counter.childSpec(name: "abrupt", shutdown: .brutalKill) { _ in
        Observed.Counter()
      }
      let nested = Supervisor.childSpec(name: "nested", children: [])
      try await Observed.run(
        children: [spec, abrupt, nested],
        root: .init(strategy: .oneForAll, autoShutdown: .allSignificant)
      ) { observed in
        let careful = try observed.json("api/processes/careful")["child_spec"]
        #expect(careful?["id"] == "careful")
        #expect(careful?["kind"] == "worker")
        #expect(careful?["restart"] == "transient")
        #expect(careful?["shutdown"] == "timeout")
        #expect(careful?["shutdown_s"] == 1.5)
        #expect(careful?["significant"] == true)
        let quick = try observed.json("api/processes/abrupt")["child_spec"]
        #expect(quick?["shutdown"] == "brutal_kill")
        #expect(quick?["shutdown_s"] == .null)
        #expect(quick?["significant"] == false)
        let below = try observed.json("api/processes/nested")["child_spec"]
        #expect(below?["kind"] == "supervisor")
        #expect(below?["shutdown"] == "infinity")
        #expect(try observed.json("api/processes/root")["child_spec"] == .null)
      }
    }

    @Test func `killed, it is back on the same address; stopped, it is gone`() async throws {
      try await Observed.run { observed in
        let pid = try #require(observed.runtime.whereis(ObserverServer.serverName))
        observed.runtime.exit(pid, .kill)
        await observed.runtime.settle()
        #expect(observed.runtime.whereis(ObserverServer.serverName) != pid)
        #expect(observed.observer.url == observed.url)
        #expect(try observed.get("api/tree").status == 200)
        await observed.observer.stop()
        #expect(observed.observer.url == nil)
        #expect(throws: PlainConnection.Failure.self) { try observed.client() }
        // And again, elsewhere.
        let url = try await observed.observer.start()
        #expect(url != observed.url || url == observed.observer.url)
        await #expect(throws: ObserverServer.StartFailure.self) {
          try await observed.observer.start()
        }
      }
    }

    @Test func `a port that is taken is a sentence`() async throws {
      try await Observed.run { observed in
        var options = ObserverServer.Options()
        options.port = observed.port
        let runtime = Runtime(workers: 1)
        defer { runtime.shutdown() }
        let other = ObserverServer(runtime: runtime, options)
        await #expect {
          try await other.start()
        } throws: { error in
          "\(error)".contains("another program has the port")
        }
      }
    }

    @Test func `it costs nothing while no page is open`() async throws {
      let count = ConnectionCount()
      var options = Observed.options
      options.limits.onConnections = count.listener
      try await Observed.run(options) { observed in
        #expect(observed.runtime.events.subscriptionCount == 0)
        do {
          let (page, _) = try observed.stream()
          #expect(observed.runtime.events.subscriptionCount == 1)
          withExtendedLifetime(page) {}
        }
        await count.wait { $0 == 0 }
        #expect(observed.runtime.events.subscriptionCount == 0)
      }
    }
  }
}
