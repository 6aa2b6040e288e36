import Processes
import Supervision
import Testing
import Views

@testable import Observer

/// Against the real server, over loopback.
@Suite(.serialized) struct ServerTests {
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

  @Test func `without the token it is 401, with a wrong one 403, from elsewhere 403`() async throws
  {
    try await Observed.run { observed in
      func status(_ target: String, _ headers: [String] = []) throws -> Int {
        let client = try observed.client()
        client.send(Observed.head("GET", target, port: observed.port, headers))
        return try client.answer().status
      }
      #expect(try status("/") == 401)
      #expect(try status("/api/tree") == 401)
      #expect(try status("/wrong/api/tree") == 403)
      #expect(try status("/\(observed.token)/api/tree") == 200)
      #expect(try status("/api/tree", ["Authorization: Bearer \(observed.token)"]) == 200)
      #expect(try status("/\(observed.token)/api/tree", ["Origin: http://evil.example"]) == 403)
      let client = try observed.client()
      client.send("GET /\(observed.token)/ HTTP/1.1\r\nHost: evil.example\r\n\r\n")
      #expect(try client.answer().status == 403)
      // People are told in a page.
      let person = try observed.client()
      person.send(Observed.head("GET", "/", port: observed.port, ["Accept: text/html"]))
      let page = try person.answer()
      #expect(page.status == 401)
      #expect(page.body.contains("observer url"))
    }
  }

  @Test func `a request that makes no sense is 400, and who sends no end of one is let go`()
    async throws
  {
    try await Observed.run { observed in
      for text in ["nonsense\r\n\r\n", "GET\r\n\r\n", "GET /% HTTP/1.1\r\nHost: x\r\n\r\n"] {
        let client = try observed.client()
        client.send(text)
        #expect(try client.answer().status == 400, "\(text)")
      }
      let endless = try observed.client()
      endless.send("GET / HTTP/1.1\r\nHost: x\r\n")
      for _ in 0..<10_000
      where !endless.send("X-Y: " + String(repeating: "z", count: 1000) + "\r\n") { break }
      #expect(endless.receive(until: "431").contains("431") || endless.receive().isEmpty)
      let long = try observed.client()
      long.send(
        Observed.head("GET", "/" + String(repeating: "a", count: 9000), port: observed.port))
      #expect(try long.answer().status == 414)
      let wide = try observed.client()
      wide.send(
        Observed.head(
          "GET", "/", port: observed.port, ["X-Wide: " + String(repeating: "a", count: 17_000)]))
      #expect(try wide.answer().status == 431)
      #expect(
        try observed.post(
          "api/processes/counter/actions",
          "{\"x\":\"" + String(repeating: "a", count: 17_000) + "\"}"
        ).status == 413)
      #expect(try observed.post("api/processes/counter/actions", "{").status == 400)
      // After all of that it answers as before.
      #expect(try observed.get("api/tree").status == 200)
    }
  }

  @Test func `who says nothing is let go, and a thousand of them keep nobody out`() async throws {
    var options = ObserverServer.Options()
    options.limits.connections = 50
    options.limits.patience = .seconds(60)
    try await Observed.run(options) { observed in
      let page = try observed.client()
      page.send(Observed.head("GET", "/\(observed.token)/api/stream", port: observed.port))
      #expect(page.receive(until: "event: sample").contains("event: hello"))
      var crowd: [Client] = []
      for number in 0..<1000 {
        if let client = try? observed.client() { crowd.append(client) }
        if number % 250 == 0 {
          #expect(try observed.get("api/processes/counter").status == 200, "among \(number)")
        }
      }
      // The runtime goes on, and the page that was open before is told.
      observed.runtime.exit(try #require(observed.runtime.whereis("counter")), .kill)
      #expect(page.receive(until: "\"event\":\"exited\"").contains("killed"))
      // The eldest of the silent had to go.
      #expect(crowd[0].receive().isEmpty)
    }
    options.limits.patience = .milliseconds(100)
    try await Observed.run(options) { (observed: Observed) throws in
      #expect(try observed.client().receive().isEmpty)
    }
  }

  @Test func `a client that never reads is dropped, and holds nobody up`() async throws {
    var options = ObserverServer.Options()
    options.limits.patience = .milliseconds(200)
    options.limits.unreadBytes = 16 << 10
    let name = String(repeating: "n", count: 10_000)
    let children = (0..<100).map { number in
      Observed.Counter.childSpec(id: "\(number)", label: "\(number)\(name)") { _ in
        Observed.Counter()
      }
    }
    try await Observed.run(options, children: children) { observed in
      let slow = try Client(port: observed.port, receiveBuffer: 4096)
      slow.send(
        Observed.head("GET", "/\(observed.token)/api/export/tree.json", port: observed.port))
      let stream = try Client(port: observed.port, receiveBuffer: 4096)
      stream.send(
        Observed.head("GET", "/\(observed.token)/api/stream?after=0", port: observed.port))
      #expect(stream.receive(until: "hello").contains("hello"))
      // Both have a megabyte to read and don't. Others are served meanwhile, and then they are gone.
      var remaining = 3
      for _ in 0..<600 where remaining > 1 {
        if case .integer(let count) = try observed.json("api/system")["observer_connections"] {
          remaining = Int(count)
        }
        // Something to tell the stream.
        observed.runtime.spawn(label: name) { _ in }
        try await _Concurrency.Task.sleep(for: .milliseconds(50))
      }
      #expect(remaining <= 1)
    }
  }

  @Test func `an unknown PID is 404 as JSON, one that has ended says how`() async throws {
    try await Observed.run { observed in
      let unknown = try observed.get("api/processes/%3C0.9999.0%3E")
      #expect(unknown.status == 404)
      #expect(unknown.headers["content-type"]?.hasPrefix("application/json") == true)
      let error = try JSONReader.read(unknown.body.utf8)["error"]
      #expect(error?["code"]?.text == "unknown_pid")
      let pid = try #require(observed.runtime.whereis("counter"))
      observed.runtime.exit(pid, .kill)
      await observed.runtime.settle()
      let ended = try observed.json("api/processes/\(pid.serial)")["error"]
      #expect(ended?["code"]?.text == "ended")
      #expect(ended?["message"]?.text?.contains("counter \(pid) has ended: killed") == true)
      #expect(try observed.get("api/processes/nobody").status == 404)
      #expect(try observed.get("api/nothing").status == 404)
    }
  }

  @Test func `events are streamed, from where a page was when it lost the connection`() async throws
  {
    try await Observed.run { observed in
      let page = try observed.client()
      page.send(Observed.head("GET", "/\(observed.token)/api/stream", port: observed.port))
      #expect(page.receive(until: "event: hello").contains("200 OK"))
      let last = observed.runtime.events.lastNumber
      observed.runtime.exit(try #require(observed.runtime.whereis("counter")), .kill)
      await observed.runtime.settle()
      let news = page.receive(until: "\"event\":\"restarted\"")
      #expect(news.contains("id: \(observed.runtime.events.lastNumber)"))
      // Another, that had seen all before the kill.
      let later = try observed.client()
      later.send(
        Observed.head(
          "GET", "/\(observed.token)/api/stream", port: observed.port, ["Last-Event-ID: \(last)"]))
      let missed = later.receive(until: "\"event\":\"restarted\"")
      #expect(missed.contains("\"seq\":\(last + 1),"))
      #expect(missed.contains("\"known\":true"))
      // One from another runtime.
      let stranger = try observed.client()
      stranger.send(
        Observed.head(
          "GET", "/\(observed.token)/api/stream", port: observed.port, ["Last-Event-ID: 99999"]))
      #expect(stranger.receive(until: "event: hello").contains("\"known\":false"))
    }
  }

  @Test func `what came too fast is counted, and what is newest is sent`() async throws {
    try await Observed.run { observed in
      for _ in 0..<1000 { observed.runtime.spawn { _ in } }
      await observed.runtime.settle()
      let page = try observed.client()
      page.send(Observed.head("GET", "/\(observed.token)/api/stream?after=1", port: observed.port))
      let text = page.receive(until: "event: events")
      #expect(text.contains("event: gap"))
      #expect(text.contains("\"missed\":"))
    }
  }

  @Test func `an action is an event with who and when, and what follows leads back to it`()
    async throws
  {
    try await Observed.run { observed in
      let pid = try #require(observed.runtime.whereis("counter"))
      let done = try observed.post("api/processes/counter/actions", #"{"action":"kill"}"#)
      #expect(done.status == 200)
      await observed.runtime.settle()
      guard case .integer(let number) = try JSONReader.read(done.body.utf8)["event"] else {
        Issue.record("no event: \(done.body)")
        return
      }
      let event = try #require(observed.runtime.events.event(EventNumber(number)))
      #expect("\(event.kind)".contains("kill counter \(pid) (from the page, by 127.0.0.1)"))
      let exit = try #require(observed.runtime.events.event(EventNumber(number) + 1))
      #expect(exit.cause == event.number)
      #expect(observed.runtime.whereis("counter") != pid)
      let why = try observed.get("api/events/\(exit.number)/why").body
      #expect(why.contains("was killed by you"))
    }
  }

  @Test func `a supervisor is not touched by mistake`() async throws {
    try await Observed.run { observed in
      let refused = try observed.post("api/processes/root/actions", #"{"action":"kill"}"#)
      #expect(refused.status == 409)
      #expect(refused.body.contains("needs_confirmation"))
      #expect(observed.runtime.whereis("root") != nil)
      let done = try observed.post(
        "api/processes/root/actions", #"{"action":"shutdown","confirmed":true}"#)
      #expect(done.status == 200)
      await observed.runtime.settle()
      #expect(observed.runtime.whereis("root") == nil)
    }
  }

  @Test func `suspend, resume, restart, exit`() async throws {
    try await Observed.run { (observed: Observed) throws in
      func act(_ order: String) throws -> Int {
        try observed.post("api/processes/counter/actions", order).status
      }
      #expect(try act(#"{"action":"suspend"}"#) == 200)
      #expect(try observed.json("api/processes/counter")["process"]?["status"] == "suspended")
      #expect(try act(#"{"action":"resume"}"#) == 200)
      #expect(try observed.json("api/processes/counter")["process"]?["status"] == "idle")
      let pid = observed.runtime.whereis("counter")
      #expect(try act(#"{"action":"restart"}"#) == 200)
      #expect(observed.runtime.whereis("counter") != pid)
      #expect(try act(#"{"action":"exit","reason":"cleaning"}"#) == 200)
      await observed.runtime.settle()
      #expect(observed.runtime.events.recent().contains { "\($0.kind)".contains("cleaning") })
      // One that nobody supervises can't be restarted, and has no state.
      let free = observed.runtime.spawn { process in
        _ = try await process.receive(timeout: nil, where: { _ in nil as Int? })
      }
      #expect(
        try observed.post("api/processes/\(free.serial)/actions", #"{"action":"restart"}"#).status
          == 409)
      #expect(try observed.get("api/processes/\(free.serial)/state").status == 409)
    }
  }

  @Test func `a state is asked for with a timeout, and passes through whoever redacts`()
    async throws
  {
    var options = ObserverServer.Options()
    options.redact = { process, state in
      process.name == "counter" ? state.replacing("hunter2", with: "•••") : state
    }
    try await Observed.run(options) { observed in
      let state = try observed.get("api/processes/counter/state")
      #expect(state.status == 200)
      #expect(state.body.contains("•••"))
      #expect(!state.body.contains("hunter2"))
      ServerRef<Observed.Counter.Message>(observed.runtime, name: "counter").cast(
        .work(.seconds(60)))
      let stuck = try observed.get("api/processes/counter/state?timeout_ms=50")
      #expect(stuck.status == 504)
      // All else is read without asking it.
      #expect(try observed.json("api/processes/counter")["process"]?["status"] == "waiting")
    }
  }

  @Test func `hostile names are data and nothing else`() async throws {
    let name = "<script>alert(1)</script>\u{1B}[2J\u{202E}" + String(repeating: "x", count: 10_000)
    let spec = Observed.Counter.childSpec(id: "hostile", label: name) { _ in Observed.Counter() }
    try await Observed.run(children: [spec]) { observed in
      for path in [
        "api/tree", "api/processes", "api/events", "api/export/tree.svg", "api/export/tree.txt",
      ] {
        let answer = try observed.get(path)
        #expect(answer.status == 200)
        #expect(!answer.body.unicodeScalars.contains { $0.value == 0x1B }, "\(path)")
        #expect(answer.headers["content-security-policy"]?.contains("default-src 'none'") == true)
        if path.hasPrefix("api/export/tree.svg") { #expect(!answer.body.contains("<script>")) }
      }
      #expect(try observed.json("api/processes?filter=script")["matching"] == 1)
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
      #expect(client2.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test func `killed, it is back on the same address; stopped, it is gone`() async throws {
    try await Observed.run { observed in
      let pid = try #require(observed.runtime.whereis(ObserverServer.serverName))
      observed.runtime.exit(pid, .kill)
      _ = await observed.runtime.settle(timeout: .seconds(10))
      #expect(observed.runtime.whereis(ObserverServer.serverName) != pid)
      #expect(observed.observer.url == observed.url)
      #expect(try observed.get("api/tree").status == 200)
      await observed.observer.stop()
      #expect(observed.observer.url == nil)
      #expect(throws: Client.Failure.self) { try observed.client() }
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
    try await Observed.run { observed in
      #expect(observed.runtime.events.subscriptionCount == 0)
      do {
        let page = try observed.client()
        page.send(Observed.head("GET", "/\(observed.token)/api/stream", port: observed.port))
        #expect(page.receive(until: "event: hello").contains("hello"))
        #expect(observed.runtime.events.subscriptionCount == 1)
      }
      for _ in 0..<1000 where observed.runtime.events.subscriptionCount > 0 {
        try await _Concurrency.Task.sleep(for: .milliseconds(10))
      }
      #expect(observed.runtime.events.subscriptionCount == 0)
    }
  }
}
