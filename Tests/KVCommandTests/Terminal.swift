import Foundation
import Glibc
import TerminalTesting
import Testing

/// `kv` on a terminal of its own.
///
/// What it prints is kept as it came, for waits that go through it in order, and is drawn on a screen,
/// for those that look at what a person would see.
final class Terminal {
  private let master: Int32
  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  private(set) var seen = ""
  private var unread = ""
  private var undecoded: [UInt8] = []
  private(set) var screen: TestScreen

  /// - Parameter program: What to run on the terminal; nil, `kv` with `arguments`.
  init(
    home: String, columns: Int = 100, type: String = "xterm",
    arguments: [String] = ["--no-color"], environment: [String: String] = [:],
    program: [String]? = nil
  ) throws {
    var (master, slave): (Int32, Int32) = (0, 0)
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    try #require(openpty(&master, &slave, nil, nil, &size) == 0)
    self.master = master
    screen = TestScreen(columns: columns, rows: 24)
    // A session of its own with the terminal in control, so that ctrl-C is a signal there.
    // A test runner may ignore signals, and children inherit that.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["--default-signal", "setsid", "--ctty", "--wait"]
      + (program ?? [Program.url.path] + arguments)
    process.environment = ["TERM": type, "HOME": home, "LC_ALL": "C.UTF-8"]
      .merging(environment) { $1 }
    let handle = FileHandle(fileDescriptor: slave)
    process.standardInput = handle
    process.standardOutput = handle
    process.standardError = handle
    process.terminationHandler = { [ended] _ in ended.signal() }
    try process.run()
    // Then the program is the only one to hold the terminal open, and reading ends with it.
    try handle.close()
  }

  deinit { close(master) }

  // MARK: The user

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(master, bytes, bytes.count)
  }

  /// Enters a line, and waits for these texts one behind the other, then for the next prompt.
  func enter(_ line: String, seeing texts: String...) throws {
    type(line + "\r")
    for text in texts { try wait(for: text) }
    try wait(for: "kv> ")
  }

  /// Leaves the shell.
  ///
  /// - Returns: The program's exit status.
  func quit() -> Int32 {
    type("quit\r")
    return waitForExit()
  }

  /// Changes the window's size, which the program is told by a signal.
  func resize(columns: Int) {
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    screen.wrap(columns: columns)
  }

  // MARK: Waiting

  /// Reads until `text` has appeared behind what earlier waits have seen, of whichever kind.
  func wait(for text: String) throws {
    let deadline = Date(timeIntervalSinceNow: 60)
    while true {
      if let range = unread.range(of: text) {
        seen += unread[..<range.upperBound]
        unread = String(unread[range.upperBound...])
        return
      }
      // A program that never falls silent does not hold the tests up either.
      try #require(Date() < deadline, "no \(text) in: \(recent)")
      try #require(read(), "the terminal is silent or closed before \(text): \(recent)")
    }
  }

  /// Reads until the screen is as wanted.
  func wait(for what: String, until isReady: (TestScreen) -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: 60)
    while !isReady(screen) {
      try #require(Date() < deadline, "no \(what) on the screen:\n\(shown)")
      try #require(read(), "the terminal is silent or closed before \(what):\n\(shown)")
    }
    seen += unread
    unread = ""
  }

  /// Reads until the screen's last rows are these.
  func wait(forLastRows rows: String...) throws {
    try wait(for: "\(rows)") { $0.lastRows(rows.count) == rows }
  }

  /// Reads what the program prints until it has ended; one that does not within a minute is killed,
  /// and -1 its status.
  func waitForExit() -> Int32 {
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline, read() {}
    guard ended.wait(timeout: .now() + 60) == .success else {
      kill(process.processIdentifier, SIGKILL)
      return -1
    }
    return process.terminationStatus
  }

  /// - Returns: False when nothing has come for a long time or nothing will come any more.
  private func read() -> Bool {
    var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&ready, 1, 60_000) == 1 else { return false }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(master, &bytes, bytes.count)
    guard count > 0 else { return false }
    undecoded += bytes[..<count]
    let text = takeCharacters()
    unread += text
    screen.feed(text)
    return true
  }

  /// What has come, without a character at its end of which only a part has.
  private func takeCharacters() -> String {
    var end = undecoded.count
    if let lead = undecoded.suffix(3).lastIndex(where: { $0 >= 0xC0 }) {
      let length = undecoded[lead] >= 0xF0 ? 4 : undecoded[lead] >= 0xE0 ? 3 : 2
      if lead + length > end { end = lead }
    }
    defer { undecoded.removeFirst(end) }
    return String(decoding: undecoded[..<end], as: UTF8.self)
  }

  private var recent: String { "\(seen.suffix(600))\(unread.suffix(600))" }
  private var shown: String { screen.lastRows(30).map { "|" + $0 }.joined(separator: "\n") }
}

/// Runs `body` at the first prompt of a `kv`, which is then left and has to end with 0.
func atTerminal(
  columns: Int = 100, type: String = "xterm", arguments: [String] = ["--no-color"],
  environment: [String: String] = [:], _ body: (Terminal) throws -> Void
) throws {
  try withHome { home in
    let terminal = try Terminal(
      home: home, columns: columns, type: type, arguments: arguments, environment: environment)
    try terminal.wait(for: "kv> ")
    try body(terminal)
    #expect(terminal.quit() == 0)
  }
}

/// Runs `body` with a folder for what the program leaves behind.
func withHome<Value>(_ body: (String) throws -> Value) throws -> Value {
  let home = FileManager.default.temporaryDirectory
    .appendingPathComponent("kv-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: home) }
  return try body(home)
}
