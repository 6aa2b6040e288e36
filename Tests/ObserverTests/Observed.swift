import PlainHTTP
import Processes
import Supervision
import Testing
import Views

@testable import Observer

/// A runtime with a tree of its own and an observer, for one test.
struct Observed: Sendable {
  let runtime: Runtime
  let observer: ObserverServer
  let url: String

  struct Counter: GenServer {
    enum Message: Sendable { case work(Duration) }
    var secret = "hunter2"
    mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
      if case .work(let duration) = message { try await process.sleep(for: duration) }
      return .receive
    }
  }

  /// A server that lets nobody go for being slow: a machine that is busy with something else is, too.
  static var options: ObserverServer.Options {
    var options = ObserverServer.Options()
    options.limits.patience = .seconds(3600)
    return options
  }

  static func run(
    _ options: ObserverServer.Options = options, children: [ChildSpec] = [],
    root: Supervisor.Options = .init(strategy: .oneForAll),
    _ body: (Observed) async throws -> Void
  ) async throws {
    let runtime = Runtime(workers: 2)
    let counter = Counter.childSpec(name: "counter") { _ in Counter() }
    _ = try await Supervisor.start(
      in: runtime, name: "root", children: [counter] + children, root)
    let observer = ObserverServer(runtime: runtime, options)
    do {
      let url = try await observer.start()
      try await body(Observed(runtime: runtime, observer: observer, url: url))
    } catch {
      await observer.stop()
      runtime.shutdown()
      throw error
    }
    await observer.stop()
    runtime.shutdown()
  }

  var port: Int { Int(url.split(separator: ":")[2].split(separator: "/")[0]) ?? 0 }
  var token: String { String(url.split(separator: "/").last ?? "") }

  func client() throws -> PlainConnection { try PlainConnection(port: port) }

  /// A stream of events that has begun.
  func stream(
    _ query: String = "", _ headers: [String] = [], until mark: String = "event: hello"
  ) throws -> (page: PlainConnection, text: String) {
    let page = try client()
    page.send(Self.head("GET", "/\(token)/api/stream\(query)", port: port, headers))
    return (page, try page.receive(until: mark))
  }

  static func head(
    _ method: String, _ target: String, port: Int, _ headers: [String] = []
  ) -> String {
    ([method + " \(target) HTTP/1.1", "Host: 127.0.0.1:\(port)"] + headers)
      .joined(separator: "\r\n") + "\r\n\r\n"
  }

  func get(_ path: String) throws -> PlainConnection.Answer {
    let client = try client()
    client.send(Self.head("GET", "/\(token)/\(path)", port: port))
    return try client.answer()
  }

  func json(_ path: String) throws -> JSONValue {
    try JSONReader.read(try get(path).body.utf8)
  }

  func post(_ path: String, _ body: String, _ headers: [String] = []) throws
    -> PlainConnection.Answer
  {
    let client = try client()
    client.send(
      Self.head(
        "POST", "/\(token)/\(path)", port: port,
        ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] + headers) + body)
    return try client.answer()
  }
}
