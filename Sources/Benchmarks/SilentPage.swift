internal import Processes
import Supervision

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

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
    let stream = try Self.open(port)
    OSThread.start(name: "page") { [self] in
      Self.send(stream, "GET /\(token)/api/stream HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
      let tree = try? Self.open(port)
      var debt = 0.0
      var last = Meter.wallNanoseconds
      var buffer = [UInt8](repeating: 0, count: 256 << 10)
      while !isClosed.withLock({ $0 }), recv(stream, &buffer, buffer.count, 0) > 0 {
        let now = Meter.wallNanoseconds
        debt = max(0, debt - Double(now - last) / 1e6)
        last = now
        guard debt < 1500, let tree else { continue }
        Self.send(tree, "GET /\(token)/api/tree HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
        debt += 100 * Self.cost(of: Self.answer(tree, &buffer))
      }
      if let tree { shut(tree) }
      shut(stream)
    }
  }

  /// The stream ends when the observer does, or with its next sample.
  func close() { isClosed.withLock { $0 = true } }

  private static func open(_ port: Int) throws -> Int32 {
    #if canImport(Glibc)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Failure() }
    return descriptor
  }

  private static func send(_ descriptor: Int32, _ text: String) {
    let bytes = Array(text.utf8)
    _ = write(descriptor, bytes, bytes.count)
  }

  /// One answer, to its end.
  private static func answer(_ descriptor: Int32, _ buffer: inout [UInt8]) -> String {
    var head = ""
    var missing = 1
    while missing > 0 {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count <= 0 { break }
      if head.isEmpty {
        let text = String(decoding: buffer.prefix(min(count, 2048)), as: UTF8.self)
        guard let end = text.place(of: "\r\n\r\n") else { break }
        head = String(text[..<end])
        let length =
          head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
          .flatMap { Int($0.dropFirst(15).trimmingPrefix(" ")) } ?? 0
        missing = length - (count - head.utf8.count - 4)
      } else {
        missing -= count
      }
    }
    return head
  }

  /// What the answer says it took, in milliseconds.
  private static func cost(of head: String) -> Double {
    guard let place = head.place(of: "dur=") else { return 0 }
    return Double(head[place...].dropFirst(4).prefix { $0.isNumber || $0 == "." }) ?? 0
  }
}

extension String {
  /// Where a text begins.
  fileprivate func place(of text: String) -> String.Index? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(text) { return index }
      index = self.index(after: index)
    }
    return nil
  }
}

private func shut(_ descriptor: Int32) { _ = close(descriptor) }
