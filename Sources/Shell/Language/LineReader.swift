#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Reads a script's lines from a descriptor that is no terminal.
///
/// Unlike the standard library's `readLine` it can say "nothing there yet" instead of blocking,
/// so that a shell at the end of a slow pipe goes on living between two lines; it has a limit;
/// and it hands out bytes, because a script may not be text.
///
///     let reader = LineReader(descriptor: STDIN_FILENO)
///     reading: while true {
///       switch try reader.next() {
///       case .line(let line): run(line.bytes, at: line.number)
///       case .wouldBlock: reader.waitReadable()  // on a thread that may block
///       case .endOfInput: break reading
///       }
///     }
///
/// A line ends in a newline, with or without a carriage return before it, or with the input. A
/// byte order mark at the start of the input is dropped. NULs and invalid UTF-8 pass through: to
/// judge them is the lexer's office.
///
/// A line longer than the limit is an error that names it; the next call goes on behind it. A
/// descriptor that can't be read is an error once, and the end of the input from then on.
///
/// `@unchecked Sendable`, because `next()` is called by one caller at a time, whatever thread it
/// is on, as a script's commands run one after the other; and `waitReadable()`, which may run
/// on another thread meanwhile, uses nothing but the descriptor, a constant.
///
/// Invariants:
/// 1. `start <= scanned <= end <= buffer.count`; `start..<end` has been read and not handed out.
/// 2. `start..<scanned` holds no newline, so no byte is searched twice, however long the line.
package final class LineReader: @unchecked Sendable {
  /// One line, counted from 1, without its ending.
  package struct Line: Sendable, Equatable {
    package var number: Int
    package var bytes: ArraySlice<UInt8>
  }

  package enum Next: Sendable, Equatable {
    case line(Line)
    case endOfInput
    /// No whole line has arrived, and reading on would block.
    case wouldBlock
  }

  private let descriptor: CInt
  private let maxLineLength: Int
  private let chunk: Int

  private var buffer: [UInt8]
  private var start = 0
  private var scanned = 0
  private var end = 0
  private var lineNumber = 0
  private var hasEnded = false
  private var isSkippingLine = false

  /// - Parameters:
  ///   - descriptor: Open for reading; the reader never closes it.
  ///   - maxLineLength: In bytes, without the line's ending.
  ///   - chunk: How much is read at a time, in bytes. Only tests have a reason to change it.
  package init(descriptor: CInt, maxLineLength: Int = 16 << 20, chunk: Int = 64 << 10) {
    precondition(chunk > 0 && maxLineLength > 0)
    self.descriptor = descriptor
    self.maxLineLength = maxLineLength
    self.chunk = chunk
    buffer = [UInt8](repeating: 0, count: chunk)
  }

  /// Reads the lines of a text that is at hand, such as commands given as an argument.
  package convenience init(text: String) { self.init(bytes: Array(text.utf8)) }

  /// Reads the lines of bytes that are at hand, such as a script that is run under many seeds.
  package init(bytes: [UInt8]) {
    descriptor = -1
    maxLineLength = .max - 1
    chunk = 1
    buffer = bytes
    end = buffer.count
    hasEnded = true
  }

  /// Everything a descriptor has to give, up to its end. Blocks until then.
  package static func allBytes(of descriptor: CInt) throws(LineReaderError) -> [UInt8] {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = chunk.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { readBytes(descriptor, $0, bytes.count) } ?? 0
      }
      if count == 0 { return all }
      if count > 0 {
        all += chunk[..<count]
      } else if errno == EAGAIN || errno == EWOULDBLOCK {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&request, 1, -1)
      } else if errno != EINTR {
        throw .unreadable(afterLine: all.count { $0 == .newline }, code: errno)
      }
    }
  }

  /// The next line, if it has arrived. Never blocks on a pipe or socket; a file is read at once.
  ///
  /// - Throws: `LineReaderError.lineTooLong` or `.unreadable`.
  /// - Complexity: Amortized O(n), in the bytes handed out.
  package func next() throws(LineReaderError) -> Next {
    while true {
      if let newline = findNewline() {
        let line = start..<newline
        start = newline + 1
        scanned = start
        if isSkippingLine {
          isSkippingLine = false
          continue
        }
        return .line(try finish(line))
      }
      if isSkippingLine {
        // The rest of a line already reported: make room, and keep nothing.
        start = end
      } else if end - start > maxLineLength + 1 {
        // One byte more than the limit may still be a carriage return.
        lineNumber += 1
        isSkippingLine = true
        start = end
        throw .lineTooLong(number: lineNumber, limit: maxLineLength)
      }
      if hasEnded {
        guard start < end, !isSkippingLine else { return .endOfInput }
        let line = start..<end
        start = end
        scanned = end
        return .line(try finish(line))
      }
      guard isReadable(timeout: 0), try fill() else { return .wouldBlock }
      if isSkippingLine, !hasEnded {
        // An endless line must not keep the caller in here: it waits, finds the input readable
        // and comes back, and can stop in between.
        if findNewline() == nil { return .wouldBlock }
      }
    }
  }

  /// Blocks until `next()` has something to say: input, its end, or an error.
  ///
  /// Occupies its thread for as long as the other end of the pipe is silent, so it is called on
  /// one that has nothing else to do. Signals don't end the wait.
  package func waitReadable() {
    while !isReadable(timeout: -1) {}
  }

  private func findNewline() -> Int? {
    guard scanned < end else { return nil }
    // In bounds by invariant 1; the pointer stays inside the closure.
    let found = buffer.withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress,
        let hit = memchr(base + scanned, CInt(UInt8.newline), end - scanned)
      else { return nil }
      return UnsafeRawPointer(hit) - base
    }
    scanned = found ?? end
    return found
  }

  /// Counts the line, removes a carriage return and the byte order mark, and checks its length.
  private func finish(_ range: Range<Int>) throws(LineReaderError) -> Line {
    lineNumber += 1
    var line = buffer[range]
    if line.last == .carriageReturn { line.removeLast() }
    if lineNumber == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    guard line.count <= maxLineLength else {
      throw .lineTooLong(number: lineNumber, limit: maxLineLength)
    }
    return Line(number: lineNumber, bytes: line)
  }

  /// Reads once. Returns false when nothing was there after all.
  private func fill() throws(LineReaderError) -> Bool {
    makeRoom()
    while true {
      // Writes at `end..<buffer.count`, which `makeRoom` has made `chunk` long or longer. A line
      // still held by somebody keeps its bytes: the array copies itself first.
      let count = buffer.withUnsafeMutableBytes { bytes in
        readBytes(descriptor, bytes.baseAddress! + end, bytes.count - end)
      }
      if count > 0 {
        end += count
        return true
      }
      if count == 0 {
        hasEnded = true
        return true
      }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: return false
      case let code:
        hasEnded = true
        // Part of a line that broke off would be another command than the one meant.
        start = end
        scanned = end
        throw .unreadable(afterLine: lineNumber, code: code)
      }
    }
  }

  private func makeRoom() {
    if start == end {
      start = 0
      scanned = 0
      end = 0
      // What one huge line needed is not kept for the short ones after it.
      if buffer.count > 16 * chunk { buffer = [UInt8](repeating: 0, count: chunk) }
      return
    }
    guard buffer.count - end < chunk else { return }
    // Grow by doubling, or a line of n bytes would be moved n / chunk times.
    let unread = end - start
    var room = [UInt8]()
    room.reserveCapacity(max(2 * unread, unread + chunk))
    room += buffer[start..<end]
    room += repeatElement(0, count: room.capacity - unread)
    buffer = room
    scanned -= start
    start = 0
    end = unread
  }

  /// Whether `read` would not block, which is also so at the end and for a bad descriptor.
  private func isReadable(timeout: CInt) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      let count = poll(&request, 1, timeout)
      // Should polling itself fail, reading tells why.
      if count >= 0 || errno != EINTR { return count != 0 }
    }
  }
}

/// What ends or interrupts the reading of a script.
package enum LineReaderError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The line is longer than `limit`, in bytes. Reading can go on behind it.
  case lineTooLong(number: Int, limit: Int)

  /// The system's error `code` came up where line `afterLine + 1` should have been.
  case unreadable(afterLine: Int, code: CInt)

  package var description: String {
    switch self {
    case .lineTooLong(let number, let limit):
      let size = limit >= 1 << 20 ? "\(limit >> 20) MB" : "\(limit) bytes"
      return "line \(number) is longer than \(size). Split it, or check that the input is a script."
    case .unreadable(let line, let code):
      let place = line == 0 ? "" : " after line \(line)"
      return "the input can't be read\(place): \(String(cString: strerror(code))). "
        + "Check that it is a readable file or pipe."
    }
  }
}

/// `read(2)` under another name, so that a type may call it without naming its module, which
/// differs between systems.
private func readBytes(_ descriptor: CInt, _ into: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, into, count)
}
