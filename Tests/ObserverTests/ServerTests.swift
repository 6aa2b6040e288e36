import PlainHTTP
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
      let host = "Host: 127.0.0.1:\(observed.port)\r\n"
      for text in [
        "nonsense\r\n\r\n", "GET\r\n\r\n", "GET /% HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)\(host)\r\n", "OPTIONS * HTTP/1.1\r\n\(host)\r\n",
        "GET http://x/ HTTP/1.1\r\n\(host)\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\r\n\r\n",
        "POST / HTTP/1.1\r\n\(host)Content-Length: -5\r\n\r\n",
        "POST / HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
        "POST / HTTP/1.1\r\n\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ] {
        let client = try observed.client()
        client.send(text)
        let answer = try client.answer()
        #expect(answer.status == 400, "\(text)")
        #expect(try JSONReader.read(answer.body.utf8)["error"]?["code"] == "malformed", "\(text)")
        #expect(try client.receive().isEmpty, "\(text)")
      }
      let endless = try observed.client()
      endless.send("GET / HTTP/1.1\r\nHost: x\r\n")
      for _ in 0..<1000 { endless.send("X-Y: " + String(repeating: "z", count: 1000) + "\r\n") }
      let answer = try endless.answer()
      #expect(answer.status == 431)
      #expect(answer.body.contains("too_large"))
      let long = try observed.client()
      long.send(
        Observed.head("GET", "/" + String(repeating: "a", count: 9000), port: observed.port))
      #expect(try long.answer().status == 414)
      let many = try observed.client()
      many.send(
        Observed.head("GET", "/", port: observed.port, Array(repeating: "a: b", count: 3000)))
      #expect(try many.answer().status == 431)
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
    var options = Observed.options
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
      #expect(try client2.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test func `a head can be asked for, and what follows on the connection is whole`() async throws {
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

  @Test func `the address without its last slash leads to the page`() async throws {
    try await Observed.run { observed in
      let client = try observed.client()
      client.send(Observed.head("GET", "/\(observed.token)", port: observed.port))
      let answer = try client.answer()
      #expect(answer.status == 308)
      #expect(answer.headers["location"] == "/\(observed.token)/")
      // Nobody else's address is led anywhere.
      let stranger = try observed.client()
      stranger.send(Observed.head("GET", "//evil.example", port: observed.port))
      let refusal = try stranger.answer()
      #expect(refusal.status == 403)
      #expect(refusal.headers["location"] == nil)
    }
  }

  @Test func `a wrong method is told the right one`() async throws {
    try await Observed.run { (observed: Observed) throws in
      func allowed(_ method: String, _ path: String) throws -> String? {
        let client = try observed.client()
        client.send(
          Observed.head(
            method, "/\(observed.token)/\(path)", port: observed.port, ["Content-Length: 0"]))
        let answer = try client.answer()
        #expect(answer.status == 405)
        return answer.headers["allow"]
      }
      #expect(try allowed("DELETE", "api/tree") == "GET, HEAD")
      #expect(try allowed("POST", "api/tree") == "GET, HEAD")
      #expect(try allowed("PUT", "api/processes/counter/actions") == "POST")
      #expect(try allowed("OPTIONS", "api/processes/counter/actions") == "POST")
    }
  }

  @Test func `another page's order is no order`() async throws {
    try await Observed.run { observed in
      let pid = observed.runtime.whereis("counter")
      for headers in [
        ["Origin: http://evil.example"], ["Origin: null"], ["Sec-Fetch-Site: cross-site"],
      ] {
        let answer = try observed.post(
          "api/processes/counter/actions", #"{"action":"kill"}"#, headers)
        #expect(answer.status == 403)
        #expect(answer.body.contains("wrong_origin"))
      }
      // A form of another page's can send no JSON.
      let client = try observed.client()
      client.send(
        Observed.head(
          "POST", "/\(observed.token)/api/processes/counter/actions", port: observed.port,
          ["Content-Type: text/plain", "Content-Length: 17"]) + #"{"action":"kill"}"#)
      #expect(try client.answer().status == 415)
      await observed.runtime.settle()
      #expect(observed.runtime.whereis("counter") == pid)
      #expect(
        try observed.post("api/processes/%3C0.9999.0%3E/actions", #"{"action":"kill"}"#).status
          == 404)
    }
  }

  @Test func `an action is done also while Swift's shared threads are all held up`() async throws {
    try await Observed.run { observed in
      // More than there are threads.
      let count = OSThread.processorCount * 4
      let barrier = Barrier(count: count)
      for _ in 0..<count { _Concurrency.Task.detached { barrier.pass() } }
      let pid = observed.runtime.whereis("counter")
      let (answers, sink) = AsyncStream.makeStream(of: Result<Int, any Error>.self)
      OSThread.start(name: "client") {
        sink.yield(
          Result {
            try observed.post("api/processes/counter/actions", #"{"action":"kill"}"#).status
          })
        barrier.open()
      }
      for await answer in answers {
        let status = try answer.get()
        #expect(status == 200)
        break
      }
      await observed.runtime.settle()
      #expect(observed.runtime.whereis("counter") != pid)
    }
  }

  @Test func `a token that is none is refused`() async throws {
    for token in ["", "short", "with/a/slash/in/it", "wïth-an-umlaut-in-it"] {
      var options = ObserverServer.Options()
      options.token = token
      let runtime = Runtime(workers: 1)
      defer { runtime.shutdown() }
      let observer = ObserverServer(runtime: runtime, options)
      await #expect(throws: ObserverServer.StartFailure.unusableToken) {
        try await observer.start()
      }
      #expect(runtime.whereis(ObserverServer.supervisorName) == nil)
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
