import Testing

@testable import Observer

@Suite struct GatekeeperTests {
  private let keeper = Gatekeeper(token: "secret", host: "127.0.0.1", port: 4000)

  private func request(
    _ target: String, method: String = "GET", host: [String] = ["127.0.0.1:4000"],
    origin: String? = nil, site: String? = nil, authorization: String? = nil
  ) -> Request {
    var headers = Request.Headers()
    headers.host = host
    headers.origin = origin
    headers.fetchSite = site
    headers.authorization = authorization
    return Request(method: method, target: target, headers: headers)
      ?? Request(method: "GET", target: "/")!
  }

  private func status(_ request: Request) -> Int? {
    do throws(Refusal) {
      _ = try keeper.admit(request)
      return nil
    } catch {
      return error.status
    }
  }

  @Test func `whoever has the token is let in, and what is behind it is what is asked for`() throws
  {
    #expect(try keeper.admit(request("/secret/")) == [])
    #expect(try keeper.admit(request("/secret/api/tree?x=1")) == ["api", "tree"])
    #expect(
      try keeper.admit(request("/api/tree", authorization: "Bearer secret")) == ["api", "tree"])
  }

  @Test func `without a token it is 401, with a wrong one 403`() {
    #expect(status(request("/")) == 401)
    #expect(status(request("/api/tree")) == 401)
    #expect(status(request("/favicon.ico")) == 401)
    #expect(status(request("/wrong/")) == 403)
    #expect(status(request("/secre/api/tree")) == 403)
    #expect(status(request("/secrets/api/tree")) == 403)
    #expect(status(request("/api/tree", authorization: "Bearer wrong")) == 403)
    #expect(status(request("/secret/", authorization: "Basic abc")) == 403)
  }

  @Test func `a name that was made to lead here stays out`() {
    #expect(status(request("/secret/", host: ["evil.example:4000"])) == 403)
    #expect(status(request("/secret/", host: ["127.0.0.1:4001"])) == 403)
    #expect(status(request("/secret/", host: ["127.0.0.1"])) == 403)
    #expect(status(request("/secret/", host: [])) == 400)
    #expect(status(request("/secret/", host: ["127.0.0.1:4000", "evil.example"])) == 400)
    #expect(status(request("/secret/", host: ["LOCALHOST:4000"])) == nil)
    #expect(status(request("/secret/", host: ["[::1]:4000"])) == nil)
  }

  @Test func `on all addresses, only names that were told are let in besides this machine's`() {
    let keeper = Gatekeeper(token: "t", host: "0.0.0.0", port: 80, names: ["Observer.example"])
    #expect(keeper.hosts.contains("observer.example"))
    #expect(keeper.hosts.contains("localhost:80"))
    #expect(!keeper.hosts.contains { $0.hasPrefix("0.0.0.0") })
    #expect(Gatekeeper(token: "t", host: "::1", port: 1).hosts.contains("[::1]:1"))
  }

  @Test func `behind something that encrypts, it is asked for by its other name`() throws {
    let keeper = Gatekeeper(token: "secret", host: "127.0.0.1", port: 4000, names: ["O.example"])
    func isLetIn(_ host: String, _ origin: String) -> Bool {
      let request = request("/secret/api/x", method: "POST", host: [host], origin: origin)
      return (try? keeper.admit(request)) != nil
    }
    #expect(isLetIn("o.example", "https://o.example"))
    #expect(isLetIn("o.example:4000", "http://o.example:4000"))
    #expect(!isLetIn("o.example", "https://evil.example"))
    #expect(!isLetIn("o.example:9", "https://o.example:9"))
    #expect(!isLetIn("127.0.0.1:4000", "https://127.0.0.1:4000"))
    #expect(!isLetIn("127.0.0.1", "http://127.0.0.1"))
  }

  @Test func `no other page has a say`() {
    #expect(status(request("/secret/api/tree", origin: "http://127.0.0.1:4000")) == nil)
    #expect(status(request("/secret/api/tree", origin: "https://127.0.0.1:4000")) == 403)
    #expect(status(request("/secret/api/tree", origin: "http://evil.example")) == 403)
    #expect(status(request("/secret/api/tree", origin: "null")) == 403)
    // An origin has to be the very host that was named.
    #expect(status(request("/secret/api/tree", origin: "http://localhost:4000")) == 403)
    #expect(status(request("/secret/api/x", method: "POST", site: "cross-site")) == 403)
    #expect(status(request("/secret/api/x", method: "POST", site: "same-origin")) == nil)
    // A link to the page may be followed from elsewhere.
    #expect(status(request("/secret/", site: "cross-site")) == nil)
  }

  @Test func `a token is long, and another each time`() {
    let tokens = (0..<100).map { _ in Token.make() }
    #expect(Set(tokens).count == 100)
    for token in tokens {
      #expect(token.utf8.count == 32)
      #expect(token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
    }
  }
}
