import PlainHTTP
import Processes
import Supervision
import Testing
import Views

@testable import Observer

extension ServerTests {
  /// Who is not let in, and what is not understood.
  @Suite struct Refusals {
    @Test func `without the token it is 401, with a wrong one 403, from elsewhere 403`()
      async throws
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

    @Test func `hostile names are data and nothing else`() async throws {
      let name =
        "<script>alert(1)</script>\u{1B}[2J\u{202E}" + String(repeating: "x", count: 10_000)
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
  }
}
