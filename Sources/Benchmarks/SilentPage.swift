internal import PlainHTTP
internal import Processes
import Supervision

/// Asks an observer for what its page asks for, when the tree is looked at, and looks at none of it.
///
/// The same pace as the page's: the tree at each batch of events and each sample, at once until it has cost 15 ms of the
/// runtime's machine, then one part in a hundred of a processor's time.
final class SilentPage: Sendable {
  private let isClosed = Locked(false)

  struct Failure: Error {}

  init(_ url: String) throws {
    let parts = url.split(separator: "/")
    guard parts.count == 3, let port = Int(parts[1].split(separator: ":").last ?? "") else {
      throw Failure()
    }
    let token = String(parts[2])
    @Sendable func ask(_ connection: PlainConnection, _ path: String) {
      connection.send("GET /\(token)/api/\(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
    }
    let stream = try PlainConnection(port: port)
    let tree = try PlainConnection(port: port)
    OSThread.start(name: "page") { [self] in
      ask(stream, "stream")
      var debt = 0.0
      var last = Meter.wallNanoseconds
      while !isClosed.withLock({ $0 }), let bytes = try? stream.receive(), !bytes.isEmpty {
        let now = Meter.wallNanoseconds
        debt = max(0, debt - Double(now - last) / 1e6)
        last = now
        guard debt < 1500 else { continue }
        ask(tree, "tree")
        guard let answer = try? tree.answer() else { return }
        debt += 100 * Self.cost(of: answer)
      }
    }
  }

  /// The stream ends when the observer does, or with its next sample.
  func close() { isClosed.withLock { $0 = true } }

  /// What the answer says it took, in milliseconds.
  private static func cost(of answer: PlainConnection.Answer) -> Double {
    answer.headers["server-timing"]?.split(separator: "=").last.flatMap { Double($0) } ?? 0
  }
}
