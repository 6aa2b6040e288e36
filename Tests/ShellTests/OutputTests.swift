import Foundation
import Testing

@testable import Shell

@Suite struct SanitizerTests {
  @Test(arguments: [
    ("", ""),
    ("brown eggs", "brown eggs"),
    ("käse 奶酪 🧀 – “x”", "käse 奶酪 🧀 – “x”"),
    ("a\u{1b}[2Jb", #"a\u{1b}[2Jb"#),
    ("two\nlines\t\r\0", #"two\nlines\t\r\0"#),
    ("\u{7}\u{8}", #"\u{7}\u{8}"#),
    ("\u{7f}", #"\u{7f}"#),
    ("\u{9b}31m", #"\u{9b}31m"#),
    ("\u{202e}abc\u{202c}", #"\u{202e}abc\u{202c}"#),
    ("\u{2066}\u{2069}", #"\u{2066}\u{2069}"#),
    ("\u{2028}\u{2029}", #"\u{2028}\u{2029}"#),
    ("\r\n", #"\r\n"#),
    ("\u{a0}", "\u{a0}"),
    (#"a\nb"#, #"a\nb"#),
  ])
  func `what a terminal would obey is spelled out`(text: String, expected: String) {
    #expect(Sanitizer.sanitize(text) == expected)
    #expect(Sanitizer.sanitize(expected) == expected, "sanitizing twice changes nothing")
  }
}

@Suite struct StyleTests {
  @Test func `a plain style adds nothing`() {
    for role in Style.Role.allCases {
      #expect(Style.plain.apply(role, to: "x") == "x")
      #expect(Style.plain.sequences(for: role) == ("", ""))
    }
  }

  @Test func `a name may stand out within a coloured line`() {
    let style = Style(isColored: true)
    let name = style.apply(.name, to: "shopping")
    #expect(
      style.apply(.failure, to: "✗ \(name) ended")
        == "\u{1b}[31m✗ \u{1b}[1mshopping\u{1b}[22m ended\u{1b}[39m")
    #expect(style.apply(.failure, to: "") == "")
  }

  @Test(
    arguments: [
      (true, ["TERM": "xterm"], nil, true),
      (false, ["TERM": "xterm"], nil, false),
      (true, ["TERM": "dumb"], nil, false),
      (true, ["TERM": ""], nil, false),
      (true, [:], nil, false),
      (true, ["TERM": "xterm", "NO_COLOR": "1"], nil, false),
      (true, ["TERM": "xterm", "NO_COLOR": ""], nil, true),
      (true, ["TERM": "xterm"], false, false),
      (false, ["TERM": "dumb", "NO_COLOR": "1"], true, true),
    ] as [(Bool, [String: String], Bool?, Bool)])
  func `colours are for terminals whose owner has not refused them`(
    isTerminal: Bool, environment: [String: String], flag: Bool?, expected: Bool
  ) {
    #expect(
      Style.shouldUseColor(isTerminal: isTerminal, environment: environment, flag: flag)
        == expected)
  }
}

@Suite struct OutputWriterTests {
  init() {
    // As the program does: a write to a pipe without a reader is to fail, not to end us.
    signal(SIGPIPE, SIG_IGN)
  }

  @Test func `nothing leaves the buffer before a flush`() throws {
    let pipe = Pipe()
    let reading = pipe.fileHandleForReading.fileDescriptor
    let writer = OutputWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    writer.write("3\n")
    writer.write(Array("eggs\n".utf8))
    var request = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
    #expect(poll(&request, 1, 0) == 0)
    writer.flush()
    let arrived = pipe.fileHandleForReading.availableData
    #expect(String(decoding: arrived, as: UTF8.self) == "3\neggs\n")
    #expect(!writer.isClosed)
  }

  @Test func `a full buffer is written by itself and the order is kept`() throws {
    let pipe = Pipe()
    let writer = OutputWriter(
      descriptor: pipe.fileHandleForWriting.fileDescriptor, capacity: 8)
    var expected = ""
    for text in ["12345", "678", "9", "a text longer than the buffer", "b", "", "12345678", "c"] {
      writer.write(text)
      expected += text
    }
    writer.flush()
    try pipe.fileHandleForWriting.close()
    let all = try #require(try pipe.fileHandleForReading.readToEnd())
    #expect(String(decoding: all, as: UTF8.self) == expected)
  }

  @Test func `a slow reader of a descriptor that doesn't block still gets everything`()
    async throws
  {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    #expect(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0)
    // Several times what a pipe holds, so that writes are short and then refused.
    let text = String(repeating: "0123456789abcde\n", count: 1 << 15)
    let reader = pipe.fileHandleForReading
    let received = try await withCheckedThrowingContinuation {
      (continuation: CheckedContinuation<Data?, any Error>) in
      Thread.detachNewThread {
        continuation.resume(with: Result { try reader.readToEnd() })
      }
      let writer = OutputWriter(descriptor: descriptor)
      writer.write(text)
      writer.write("end\n")
      writer.flush()
      #expect(!writer.isClosed)
      try? pipe.fileHandleForWriting.close()
    }
    #expect(received.map { String(decoding: $0, as: UTF8.self) } == text + "end\n")
  }

  @Test func `a reader that has gone away closes the writer for good`() throws {
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let writer = OutputWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    writer.write("3\n")
    #expect(!writer.isClosed, "nobody has tried yet")
    writer.flush()
    #expect(writer.isClosed)
    #expect(writer.closingError == EPIPE)
    writer.write(String(repeating: "dropped", count: 1 << 16))
    writer.flush()
    #expect(writer.closingError == EPIPE)
  }

  @Test func `a descriptor that was never open is closed too`() {
    let writer = OutputWriter(descriptor: -1)
    writer.write("3\n")
    writer.flush()
    #expect(writer.closingError == EBADF)
  }

  #if os(Linux)
    @Test func `a full disk is told apart from a reader that has had enough`() throws {
      let descriptor = open("/dev/full", O_WRONLY)
      defer { close(descriptor) }
      let writer = OutputWriter(descriptor: descriptor)
      writer.write("3\n")
      writer.flush()
      #expect(writer.closingError == ENOSPC)
    }
  #endif
}
