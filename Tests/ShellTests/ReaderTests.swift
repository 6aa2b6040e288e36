import Foundation
import Testing

@testable import Shell

/// What a reader says until the input ends, with errors as their sentences.
private func transcript(_ reader: LineReader) -> [String] {
  var result: [String] = []
  while true {
    do {
      switch try reader.next() {
      case .line(let line):
        result.append("\(line.number): \(String(decoding: line.bytes, as: UTF8.self))")
      case .wouldBlock: reader.waitReadable()
      case .endOfInput: return result
      }
    } catch {
      result.append("error: \(error)")
    }
  }
}

/// A reader at the end of a pipe into which the bytes fit, and which is then closed.
private func reader(
  of bytes: [UInt8], maxLineLength: Int = 1 << 20, chunk: Int = 64 << 10
) throws -> (LineReader, Pipe) {
  let pipe = Pipe()
  try pipe.fileHandleForWriting.write(contentsOf: Data(bytes))
  try pipe.fileHandleForWriting.close()
  let reader = LineReader(
    descriptor: pipe.fileHandleForReading.fileDescriptor, maxLineLength: maxLineLength,
    chunk: chunk)
  // The pipe goes along, because it closes its descriptor when nobody holds it.
  return (reader, pipe)
}

@Suite struct LineReaderTests {
  @Test(
    arguments: [
      ("", []),
      ("\n", ["1: "]),
      ("a\nb\n", ["1: a", "2: b"]),
      ("a\nb", ["1: a", "2: b"]),
      ("a\n\n\nb\n", ["1: a", "2: ", "3: ", "4: b"]),
      ("a\r\nb\r\n", ["1: a", "2: b"]),
      ("a\r", ["1: a"]),
      ("a\rb\r\r\n", ["1: a\rb\r"]),
      ("a\0b\n", ["1: a\0b"]),
      ("\u{FEFF}a\n\u{FEFF}b\n", ["1: a", "2: \u{FEFF}b"]),
      ("\u{FEFF}", ["1: "]),
      ("käse 🧀\n", ["1: käse 🧀"]),
    ] as [(String, [String])], [1, 2, 3, 64 << 10])
  func `lines come out alike however they arrive`(
    row: (input: String, expected: [String]), chunk: Int
  ) throws {
    let (reader, pipe) = try reader(of: Array(row.input.utf8), chunk: chunk)
    // Compared by scalars: `==` would take a byte order mark or a joined mark for less.
    let lines = transcript(reader).map { Array($0.unicodeScalars) }
    #expect(lines == row.expected.map { Array($0.unicodeScalars) })
    #expect(try reader.next() == .endOfInput, "the end stays the end")
    _ = pipe
  }

  @Test func `invalid UTF-8 passes through`() throws {
    let (reader, pipe) = try reader(of: [0x61, 0xFF, 0x0A])
    #expect(try reader.next() == .line(.init(number: 1, bytes: [0x61, 0xFF])))
    _ = pipe
  }

  @Test func `nothing there yet is not the end`() throws {
    let pipe = Pipe()
    let reader = LineReader(descriptor: pipe.fileHandleForReading.fileDescriptor)
    #expect(try reader.next() == .wouldBlock)
    try pipe.fileHandleForWriting.write(contentsOf: Data("get e".utf8))
    #expect(try reader.next() == .wouldBlock, "half a line is no line")
    try pipe.fileHandleForWriting.write(contentsOf: Data("ggs\nkeys".utf8))
    reader.waitReadable()
    #expect(try reader.next() == .line(.init(number: 1, bytes: ArraySlice("get eggs".utf8))))
    #expect(try reader.next() == .wouldBlock)
    try pipe.fileHandleForWriting.close()
    reader.waitReadable()
    #expect(try reader.next() == .line(.init(number: 2, bytes: ArraySlice("keys".utf8))))
    #expect(try reader.next() == .endOfInput)
  }

  @Test func `a descriptor that doesn't block says so as well`() throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    #expect(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0)
    let reader = LineReader(descriptor: descriptor)
    #expect(try reader.next() == .wouldBlock)
    try pipe.fileHandleForWriting.write(contentsOf: Data("a\n".utf8))
    #expect(try reader.next() == .line(.init(number: 1, bytes: ArraySlice("a".utf8))))
  }

  @Test func `a waiting thread is woken by the line it waits for`() async throws {
    let pipe = Pipe()
    let reader = LineReader(descriptor: pipe.fileHandleForReading.fileDescriptor)
    let line = await withCheckedContinuation {
      (continuation: CheckedContinuation<[String], Never>) in
      Thread.detachNewThread { continuation.resume(returning: transcript(reader)) }
      try? pipe.fileHandleForWriting.write(contentsOf: Data("get".utf8))
      try? pipe.fileHandleForWriting.write(contentsOf: Data(" eggs\n".utf8))
      try? pipe.fileHandleForWriting.close()
    }
    #expect(line == ["1: get eggs"])
  }

  @Test func `a line too long is an error that names it, and the next one is read`() throws {
    let input = "ok\n12345678\n123456789\n12345678\r\n123456789\r\nx\n1234567890123"
    for chunk in [1, 4, 64 << 10] {
      let (reader, pipe) = try reader(of: Array(input.utf8), maxLineLength: 8, chunk: chunk)
      let tooLong = "is longer than 8 bytes. Split it, or check that the input is a script."
      #expect(
        transcript(reader) == [
          "1: ok", "2: 12345678", "error: line 3 \(tooLong)", "4: 12345678",
          "error: line 5 \(tooLong)", "6: x", "error: line 7 \(tooLong)",
        ], "chunk \(chunk)")
      _ = pipe
    }
  }

  #if os(Linux)
    @Test func `an endless line doesn't keep its caller`() throws {
      let descriptor = open("/dev/zero", O_RDONLY)
      defer { close(descriptor) }
      let reader = LineReader(descriptor: descriptor, maxLineLength: 1 << 20)
      #expect(throws: LineReaderError.lineTooLong(number: 1, limit: 1 << 20)) {
        try reader.next()
      }
      for _ in 0..<3 { #expect(try reader.next() == .wouldBlock) }
    }
  #endif

  @Test func `lines of a megabyte and many lines come out of a file whole`() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "lines-\(UUID()).txt")
    defer { try? FileManager.default.removeItem(at: url) }
    let huge = String(repeating: "x", count: 3 << 20)
    var text = ""
    for number in 1...10_000 { text += number % 5_000 == 0 ? huge + "\n" : "line \(number)\n" }
    try Data(text.utf8).write(to: url)

    let file = try FileHandle(forReadingFrom: url)
    let reader = LineReader(descriptor: file.fileDescriptor)
    var held: [LineReader.Line] = []
    while case .line(let line) = try reader.next() { held.append(line) }
    #expect(held.count == 10_000)
    // Held all the while, so later reads must not have written over them.
    #expect(
      held.allSatisfy { line in
        line.bytes.elementsEqual((line.number % 5_000 == 0 ? huge : "line \(line.number)").utf8)
      })
    #expect(held.map(\.number) == Array(1...10_000))
  }

  @Test func `what can't be read is an error once and the end from then on`() throws {
    let descriptor = open("/", O_RDONLY)
    defer { close(descriptor) }
    let reader = LineReader(descriptor: descriptor)
    reader.waitReadable()
    #expect(throws: LineReaderError.unreadable(afterLine: 0, code: EISDIR)) { try reader.next() }
    #expect(try reader.next() == .endOfInput)
    #expect(
      LineReaderError.unreadable(afterLine: 2, code: EISDIR).description
        == "the input can't be read after line 2: Is a directory. "
        + "Check that it is a readable file or pipe.")
  }
}
