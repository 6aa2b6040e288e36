#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A file descriptor that somebody else owns, with the few operations this module needs, each
/// retried when a signal interrupts it.
struct Descriptor: Sendable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  enum ReadResult {
    case bytes([UInt8])
    /// Nothing there now (a descriptor that doesn't block).
    case nothing
    /// The end, or an error, such as a terminal that was hung up.
    case end
  }

  /// Reads once, at most `count` bytes.
  func read(_ count: Int = 4096) -> ReadResult {
    while true {
      var received = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        received = systemRead(number, buffer.baseAddress, count)
        initialized = max(received, 0)
      }
      if received > 0 { return .bytes(bytes) }
      if received == 0 { return .end }
      if errno == EAGAIN || errno == EWOULDBLOCK { return .nothing }
      if errno != EINTR { return .end }
    }
  }

  func readAll() -> [UInt8] {
    var all: [UInt8] = []
    while case .bytes(let bytes) = read(65536) { all += bytes }
    return all
  }

  /// - Returns: Whether everything was written.
  @discardableResult
  func writeAll(_ bytes: [UInt8]) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        systemWrite(number, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      written += count
    }
    return true
  }

  var isTerminal: Bool { isatty(number) == 1 }

  /// The terminal's size, if it tells.
  var size: (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// The terminal's width in columns, if it tells.
  var columns: Int? { size?.columns }

  /// Waits until one of them can be read, at most that many milliseconds (-1: without end).
  ///
  /// A signal begins the wait anew; one that matters has made its pipe readable.
  ///
  /// - Returns: For each, whether it can be read or is at its end.
  static func poll(_ descriptors: [Descriptor], timeout: Int32) -> [Bool] {
    var polled = descriptors.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
    while true {
      let count = systemPoll(&polled, nfds_t(polled.count), timeout)
      if count < 0, errno == EINTR { continue }
      return polled.map { count > 0 && $0.revents != 0 }
    }
  }
}

/// A pipe to wake a thread that waits in `poll`. Neither end blocks, and both are closed with it.
///
/// Sendable because the numbers never change and the system calls on them are safe from any thread.
final class Pipe: Sendable {
  let readEnd: Descriptor
  let writeEnd: Descriptor

  init() throws(LineEditingError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system(action: "open a pipe", code: errno) }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    readEnd = Descriptor(ends[0])
    writeEnd = Descriptor(ends[1])
  }

  deinit {
    _ = close(readEnd.number)
    _ = close(writeEnd.number)
  }
}

// Inside `Descriptor` the plain names would mean its own methods.
private let systemRead =
  { read($0, $1, $2) }
  as @Sendable (Int32, UnsafeMutableRawPointer?, Int) -> Int
private let systemWrite = { write($0, $1, $2) } as @Sendable (Int32, UnsafeRawPointer?, Int) -> Int
private let systemPoll =
  { poll($0, $1, $2) }
  as @Sendable (UnsafeMutablePointer<pollfd>, nfds_t, Int32) -> Int32
