#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A connection to a server on this machine that sends exactly what it is told to, also what no decent client would.
///
/// For tests and measurements. Whoever uses it waits with a thread of the operating system.
package final class PlainConnection: Sendable {
  package struct Answer {
    package let status: Int
    /// By their names in lower case.
    package let headers: [String: String]
    private let bytes: [UInt8]

    package var body: String { String(decoding: bytes, as: UTF8.self) }

    fileprivate init(status: Int, headers: [String: String], bytes: [UInt8]) {
      self.status = status
      self.headers = headers
      self.bytes = bytes
    }
  }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  private let descriptor: Int32
  /// Nobody waits forever: so long that it means "never" on any machine.
  private static let patience = 300

  /// - Parameter receiveBuffer: How much the system reads ahead for it, in bytes.
  package init(port: Int, receiveBuffer: Int32? = nil) throws(Failure) {
    #if canImport(Glibc)
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { throw Failure(description: "no socket: error \(errno)") }
    if var size = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      let error = errno
      close(descriptor)
      throw Failure(description: "not connected: error \(error)")
    }
  }

  deinit { close(descriptor) }

  /// - Returns: False when the other side has closed.
  @discardableResult
  package func send(_ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes {
        #if canImport(Darwin)
          Darwin.send(descriptor, $0.baseAddress, $0.count, 0)
        #elseif canImport(Musl)
          Musl.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        #else
          Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        #endif
      }
      guard count > 0 else { return false }
      bytes = bytes.dropFirst(count)
    }
    return true
  }

  /// What comes next; empty when the other side has closed.
  package func receive() throws(Failure) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
    if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
      throw Failure(description: "nothing came in \(Self.patience) seconds")
    }
    return count > 0 ? Array(buffer.prefix(count)) : []
  }

  /// Reads until the text occurs, or to the end.
  package func receive(until mark: String) throws(Failure) -> String {
    var bytes: [UInt8] = []
    while bytes.firstRange(of: Array(mark.utf8)) == nil {
      let more = try receive()
      if more.isEmpty { break }
      bytes += more
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads one answer with a length.
  package func answer() throws(Failure) -> Answer {
    var bytes: [UInt8] = []
    var found: Range<Int>?
    while found == nil {
      let more = try receive()
      if more.isEmpty { throw Failure(description: "closed after \(bytes.count) bytes") }
      bytes += more
      found = bytes.firstRange(of: [13, 10, 13, 10])
    }
    let end = found ?? 0..<0
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
    }
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    while bytes.count < end.upperBound + length {
      let more = try receive()
      if more.isEmpty { throw Failure(description: "closed in the middle of a body") }
      bytes += more
    }
    return Answer(
      status: status, headers: headers, bytes: Array(bytes[end.upperBound...].prefix(length)))
  }
}
