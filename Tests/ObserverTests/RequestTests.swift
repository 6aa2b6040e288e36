import Processes
import Testing
import Views

@testable import Observer

@Suite struct RequestTests {
  @Test func `a target is taken apart and its escapes are read`() throws {
    let request = try #require(
      Request(method: "GET", target: "/t/api/processes/%3C0.5.0%3E?filter=a+b%26&sort=name&flag"))
    #expect(request.path == ["t", "api", "processes", "<0.5.0>"])
    #expect(request.query == ["filter": "a b&", "sort": "name", "flag": ""])
  }

  @Test(arguments: ["/%", "/%2", "/%zz", "/a?b=%ff", "no-slash", "", "/%80"])
  func `a target that makes no sense is no request`(_ target: String) {
    #expect(Request(method: "GET", target: target) == nil)
  }

  private func endpoint(_ target: String, method: String = "GET", type: String? = nil)
    -> Result<Endpoint, Refusal>
  {
    var headers = Request.Headers()
    headers.contentType = type
    guard let request = Request(method: method, target: target, headers: headers) else {
      return .failure(.malformed(""))
    }
    do throws(Refusal) { return .success(try Endpoint(request.path, of: request)) } catch {
      return .failure(error)
    }
  }

  private func status(_ target: String, method: String = "GET", type: String? = nil) -> Int? {
    if case .failure(let refusal) = endpoint(target, method: method, type: type) {
      refusal.status
    } else {
      nil
    }
  }

  @Test func `paths lead to endpoints`() {
    #expect(endpoint("/") == .success(.page))
    #expect(endpoint("/api/system") == .success(.system))
    #expect(endpoint("/api/processes/%3C0.5.0%3E") == .success(.process("<0.5.0>")))
    #expect(endpoint("/api/events/12/why") == .success(.why(12)))
    #expect(endpoint("/api/stream?after=4") == .success(.stream(lastEventID: 4)))
    var extent = FoldedTree.Extent()
    extent.openedSerials = [5, 6]
    #expect(endpoint("/api/tree?open=%3C0.5.0%3E,6") == .success(.tree(extent)))
    #expect(
      endpoint("/api/processes/5/state?timeout_ms=100")
        == .success(.state("5", timeout: .milliseconds(100))))
    #expect(
      endpoint("/api/processes/5/actions", method: "POST", type: "application/json; charset=utf-8")
        == .success(.action("5")))
  }

  @Test func `what there is not is 404, a wrong method 405, a wrong type 415`() {
    #expect(status("/nothing") == 404)
    #expect(status("/api") == 404)
    #expect(status("/api/nothing") == 404)
    #expect(status("/api/export/tree.exe") == 404)
    #expect(status("/api/export/nothing.txt") == 404)
    #expect(status("/api/tree", method: "POST") == 405)
    #expect(status("/api/tree", method: "DELETE") == 405)
    #expect(status("/api/processes/5/actions") == 405)
    #expect(status("/api/processes/5/actions", method: "POST") == 415)
    #expect(status("/api/processes/5/actions", method: "POST", type: "text/plain") == 415)
  }

  @Test(arguments: [
    "/api/tree?depth=x", "/api/tree?depth=-1", "/api/tree?open=nobody", "/api/past",
    "/api/past?seq=-1", "/api/processes?sort=colour", "/api/processes?order=up",
    "/api/processes?limit=0", "/api/processes?offset=99999999999999999999", "/api/events/x/why",
    "/api/stream?after=x", "/api/processes/5/state?timeout_ms=0",
  ]) func `a parameter that makes no sense is 400`(_ target: String) {
    #expect(status(target) == 400)
  }

  @Test func `orders to act are read strictly`() throws {
    func order(_ text: String) -> Action.Order? { try? Action.Order(Array(text.utf8)) }
    #expect(order(#"{"action":"kill"}"#)?.action == .kill)
    #expect(
      order(#" { "action" : "exit" , "reason" : "oops" } "#)?.action == .exit(.custom("oops")))
    #expect(order(#"{"action":"exit","reason":"normal"}"#)?.action == .exit(.normal))
    #expect(order(#"{"action":"kill","confirmed":true}"#)?.isConfirmed == true)
    #expect(order(#"{"action":"kill","confirmed":1}"#)?.isConfirmed == false)
    for text in [
      "", "kill", "[]", "{}", #"{"action":"explode"}"#, #"{"action":"exit"}"#,
      #"{"action":"exit","reason":""}"#, #"{"action":"kill""#, #"{"action":"kill"} x"#,
      #"{"action":1}"#, #"{'action':'kill'}"#,
    ] { #expect(order(text) == nil, "\(text)") }
  }

  @Test func `what is written is read again`() throws {
    let value: JSONValue = [
      "text": "a\"b\\c\n\u{1}\u{7f}é\u{1F600}", "list": [1, -2, 2.5, true, false, nil],
      "object": [:],
    ]
    #expect(try JSONReader.read(value.description.utf8) == value)
    #expect(try JSONReader.read(#""\ud83d\ude00\u00e9\/""#.utf8) == "\u{1F600}é/")
  }

  @Test(arguments: [
    "{", "[1,]", "01", "+1", ".5", "1.", "nul", "1.e5", #""\x""#, #""\u12""#, #""\ud800""#,
    #""\u+123""#,
    "\"a\nb\"",
    "\"open", "1 2", #"{"a"}"#, #"{a:1}"#, String(repeating: "[", count: 1000),
  ]) func `what is no JSON is refused`(_ text: String) {
    #expect(throws: JSONReader.Malformed.self) { try JSONReader.read(text.utf8) }
  }
}
