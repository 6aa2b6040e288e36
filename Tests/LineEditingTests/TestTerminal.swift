import Foundation
import TerminalTesting
import Testing

@testable import LineEditing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A pseudo-terminal with a `LineEditor` on a thread of its own, and a user: the test.
///
/// Nothing here sleeps. A test types, then waits for the screen to show something; a wait that is in
/// vain fails after a while with the screen as its message.
///
/// `@unchecked Sendable`: `results` is under `condition`, the rest belongs to the test's thread.
final class TestTerminal: @unchecked Sendable {
  let editor: LineEditor
  private(set) var screen: TestScreen
  private(set) var raw: [UInt8] = []
  private let master: Int32
  private let slave: Int32
  private let condition = NSCondition()
  private var results: [LineEditor.Input] = []
  private var isDone = false
  private var undecoded: [UInt8] = []

  init(
    columns: Int = 40, rows: Int = 10, type: String = "xterm", historyFile: String? = nil,
    completer: @escaping @Sendable (String, Int) -> [Completion] = { _, _ in [] }
  ) throws {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    var ends: (master: Int32, slave: Int32) = (-1, -1)
    try #require(openpty(&ends.master, &ends.slave, nil, nil, &size) == 0)
    (master, slave) = ends
    screen = TestScreen(columns: columns, rows: rows)
    editor = try LineEditor(
      .init(
        program: "line-editing-tests", historyFile: historyFile, inputDescriptor: slave,
        outputDescriptor: slave, terminalType: type, completer: completer))
  }

  deinit {
    close(master)
    close(slave)
  }

  /// Runs on the editor's thread; afterwards the editor is closed.
  func start(_ body: @escaping @Sendable (TestTerminal) -> Void) {
    Thread.detachNewThread { [self] in
      body(self)
      editor.close()
      condition.withLock {
        isDone = true
        condition.broadcast()
      }
    }
  }

  /// Reads lines into history and `results` until one is not a line or a cancellation. Returns when
  /// the first prompt is shown: keys that come earlier the terminal driver takes for itself.
  func startReading(prompt: String = "kv> ") {
    start { terminal in
      while true {
        let input = terminal.editor.readLine(prompt: prompt)
        terminal.record(input)
        if case .line(let line) = input { terminal.editor.addToHistory(line) }
        switch input {
        case .line, .cancelled: continue
        case .endOfInput, .terminated: return
        }
      }
    }
    wait(for: "the prompt") { !$0.text.isEmpty && $0.cursor.column > 1 }
  }

  func record(_ input: LineEditor.Input) {
    condition.withLock {
      results.append(input)
      condition.broadcast()
    }
  }

  // MARK: The user

  func type(_ text: String) { type(bytes: Array(text.utf8)) }

  func type(bytes: [UInt8]) {
    // A terminal takes only so much typed ahead; meanwhile the editor's output must be read, or both
    // sides would wait for each other.
    for start in stride(from: 0, to: bytes.count, by: 32) {
      while !isWritable { read() }
      #expect(Descriptor(master).writeAll(Array(bytes[start...].prefix(32))))
    }
  }

  private var isWritable: Bool {
    var polled = pollfd(fd: master, events: Int16(POLLOUT), revents: 0)
    return poll(&polled, 1, 0) == 1
  }

  var inputs: [LineEditor.Input] { condition.withLock { results } }

  func resize(columns: Int, rows: Int) {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    screen.wrap(columns: columns)
    editor.signals.deliver(SIGWINCH)
  }

  func hangUp() { editor.signals.deliver(SIGHUP) }
  func pressControlC() { editor.signals.deliver(SIGINT) }

  /// Waits until the screen is as wanted.
  func wait(
    for what: String, sourceLocation: SourceLocation = #_sourceLocation,
    until isReady: (TestScreen) -> Bool
  ) {
    let deadline = ContinuousClock.now + .seconds(20)
    while !isReady(screen) {
      guard ContinuousClock.now < deadline else {
        Issue.record("waited in vain for \(what):\n\(shown)", sourceLocation: sourceLocation)
        return
      }
      read()
    }
  }

  /// Waits until the screen's last rows are these.
  func wait(
    forLastRows rows: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    wait(for: "\(rows)", sourceLocation: sourceLocation) { $0.text.suffix(rows.count) == rows[...] }
  }

  /// Waits for what `readLine` returned so far.
  func wait(
    forInputs inputs: LineEditor.Input..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    wait(for: "\(inputs)", sourceLocation: sourceLocation) { _ in
      condition.withLock { results.count >= inputs.count }
    }
    #expect(condition.withLock { results } == inputs, sourceLocation: sourceLocation)
  }

  /// Empties the line, ends the input, and waits for the editor's thread.
  ///
  /// Between two lines the terminal driver takes ctrl-U and ctrl-D for itself, so this goes on until
  /// it is heard.
  func finish(sourceLocation: SourceLocation = #_sourceLocation) {
    wait(for: "the end", sourceLocation: sourceLocation) { _ in
      if condition.withLock({ isDone }) { return true }
      type("\u{5}\u{15}\u{4}")
      return false
    }
  }

  func waitUntilDone(sourceLocation: SourceLocation = #_sourceLocation) {
    wait(for: "the end", sourceLocation: sourceLocation) { _ in condition.withLock { isDone } }
  }

  private func read() {
    guard Descriptor.poll([Descriptor(master)], timeout: 20) == [true],
      case .bytes(let bytes) = Descriptor(master).read(65536)
    else { return }
    raw += bytes
    // A character may be cut in two.
    undecoded += bytes
    let incomplete =
      undecoded.reversed().prefix(3).enumerated().first { $1 >= 0xC0 }
      .map { $0.offset + 1 } ?? 0
    let lead = incomplete > 0 ? undecoded[undecoded.count - incomplete] : 0
    let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1
    let rest = incomplete > 0 && incomplete < length ? incomplete : 0
    screen.feed(String(decoding: undecoded.dropLast(rest), as: UTF8.self))
    undecoded = Array(undecoded.suffix(rest))
  }

  private var shown: String {
    screen.text.suffix(30).map { "|" + $0 }.joined(separator: "\n")
      + "\ncursor \(screen.cursor), inputs \(condition.withLock { results.suffix(5) })"
  }
}
