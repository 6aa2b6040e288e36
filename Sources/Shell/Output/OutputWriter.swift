#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Writes text to a descriptor through a buffer of its own.
///
/// Unlike `print` it costs no lock and no stream, knows when its reader has gone away, and writes
/// when told to: whoever is about to wait (for a key, a line, the system to settle) calls
/// `flush()` first. Nothing is flushed by itself except a full buffer, also not at the end.
///
///     let output = OutputWriter(descriptor: STDOUT_FILENO)
///     output.write("3\n")
///     output.flush()
///
/// Writes that accept only a part are continued, interrupted ones repeated, and a full pipe in
/// non-blocking mode is waited for. A descriptor that can't be written any more (its reader is
/// gone, it was closed, the disk is full) makes the writer closed for good: everything later is
/// dropped without an error, because `kv | head -1` is no failure of any command. `isClosed` lets
/// a shell stop early, and `closingError` tells a full disk from a reader that has had enough.
///
/// The program must ignore SIGPIPE (`signal(SIGPIPE, SIG_IGN)`) before the first write. Otherwise
/// the system ends it at the very moment this type exists to survive.
///
/// `@unchecked Sendable`, because it has one user at a time: it is handed from the thread that
/// starts the shell to the one that runs it, and is never shared between the two.
package final class OutputWriter: @unchecked Sendable {
  private let descriptor: CInt
  private let capacity: Int
  private var buffer: [UInt8] = []

  /// The system's error code that closed the writer; nil while it is open.
  package private(set) var closingError: CInt?

  /// Whether output has nowhere to go any more. Final. Known only after a flush has met it.
  package var isClosed: Bool { closingError != nil }

  /// - Parameters:
  ///   - descriptor: Open for writing; the writer never closes it.
  ///   - capacity: The buffer's size in bytes.
  package init(descriptor: CInt, capacity: Int = 64 << 10) {
    self.descriptor = descriptor
    self.capacity = capacity
    buffer.reserveCapacity(capacity)
  }

  /// Appends a text. Blocks only if the buffer is full and the reader is slow.
  package func write(_ text: String) {
    var text = text
    text.withUTF8 { write($0) }
  }

  /// Appends bytes, such as a line of JSON.
  package func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { write($0) }
  }

  /// Writes what is buffered. Waits until the descriptor has taken all of it, or never will.
  package func flush() {
    guard !buffer.isEmpty else { return }
    buffer.withUnsafeBufferPointer { drain($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// The pointer is valid for the duration of the call, and is not kept.
  private func write(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard !isClosed else { return }
    if buffer.count + bytes.count > capacity { flush() }
    if bytes.count >= capacity {
      drain(bytes)
    } else if !isClosed {
      buffer.append(contentsOf: bytes)
    }
  }

  private func drain(_ bytes: UnsafeBufferPointer<UInt8>) {
    var rest = UnsafeRawBufferPointer(bytes)
    while !rest.isEmpty, !isClosed {
      let count = writeBytes(descriptor, rest.baseAddress!, rest.count)
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        continue
      }
      // A write of nothing is no progress and sets no error; trying again might never end.
      let code = count == 0 ? EIO : errno
      switch code {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: waitWritable()
      default: closingError = code
      }
    }
  }

  /// Waits for room, or for an error that the next write will report.
  private func waitWritable() {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    // An interrupted wait needs no care: the write is tried, and waited for, again.
    _ = poll(&request, 1, -1)
  }
}

/// `write(2)` under another name, since the type's own `write` hides it.
private func writeBytes(_ descriptor: CInt, _ from: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, from, count)
}
