import Foundation
import Glibc
import Testing

/// `kv` on a terminal of its own.
final class Terminal {
  private let master: Int32
  private let process = Process()
  private(set) var seen = ""
  private var unread = ""

  init(
    home: String, columns: UInt16 = 100, type: String = "xterm",
    arguments: [String] = ["--no-color"],
    environment: [String: String] = [:]
  ) throws {
    var (master, slave): (Int32, Int32) = (0, 0)
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try #require(openpty(&master, &slave, nil, nil, &size) == 0)
    self.master = master
    // A session of its own with the terminal in control, so that ctrl-C is a signal there.
    // A test runner may ignore signals, and children inherit that.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      [
        "--default-signal", "setsid", "--ctty", "--wait", Program.url.path,
      ] + arguments
    process.environment = ["TERM": type, "HOME": home, "LC_ALL": "C.UTF-8"]
      .merging(environment) { $1 }
    let handle = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
    process.standardInput = handle
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(master, bytes, bytes.count)
  }

  /// Reads until `text` has appeared behind what earlier waits have seen.
  func wait(for text: String) throws {
    let deadline = Date(timeIntervalSinceNow: 60)
    while true {
      if let range = unread.range(of: text) {
        seen += unread[..<range.upperBound]
        unread = String(unread[range.upperBound...])
        return
      }
      // A program that never falls silent does not hold the tests up either.
      try #require(Date() < deadline, "no \(text) in: \(seen.suffix(600))\(unread.suffix(600))")
      var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      try #require(poll(&ready, 1, 20_000) == 1, "no \(text) in: \(seen.suffix(600))\(unread)")
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = read(master, &bytes, bytes.count)
      try #require(count > 0, "the terminal closed before \(text): \(seen.suffix(600))\(unread)")
      unread += String(decoding: bytes[..<count], as: UTF8.self)
    }
  }

  /// Changes the window's size, which the program is told by a signal.
  func resize(columns: UInt16) {
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  /// The program's process group: that in the foreground of its terminal.
  var foreground: pid_t { tcgetpgrp(master) }

  /// Waits until the program has ended; one that does not within 20 seconds is killed, and -1 its status.
  func waitForExit() -> Int32 {
    let deadline = Date(timeIntervalSinceNow: 20)
    while process.isRunning, Date() < deadline {
      // A program whose output nobody reads could not end.
      var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, 20) == 1 else { continue }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = read(master, &bytes, bytes.count)
      if count > 0 {
        seen += String(decoding: bytes[..<count], as: UTF8.self)
      } else {
        usleep(20_000)
      }
    }
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      return -1
    }
    close(master)
    return process.terminationStatus
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
