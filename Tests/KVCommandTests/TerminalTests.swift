import Foundation
import Glibc
import Testing

/// The real program at a pseudo-terminal, as a person meets it.
@Suite struct TerminalTests {
  /// `kv` on a terminal of its own.
  final class Terminal {
    private let master: Int32
    private let process = Process()
    private(set) var seen = ""
    private var unread = ""

    init(home: String) throws {
      var (master, slave): (Int32, Int32) = (0, 0)
      var size = winsize(ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
      try #require(openpty(&master, &slave, nil, nil, &size) == 0)
      self.master = master
      // A session of its own with the terminal in control, so that ctrl-C is a signal there.
      // A test runner may ignore signals, and children inherit that.
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = [
        "--default-signal", "setsid", "--ctty", "--wait", Program.url.path, "--no-color",
      ]
      process.environment = ["TERM": "xterm", "HOME": home, "LC_ALL": "C.UTF-8"]
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
      while true {
        if let range = unread.range(of: text) {
          seen += unread[..<range.upperBound]
          unread = String(unread[range.upperBound...])
          return
        }
        var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        try #require(poll(&ready, 1, 20_000) == 1, "no \(text) in: \(seen.suffix(600))\(unread)")
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(master, &bytes, bytes.count)
        try #require(count > 0, "the terminal closed before \(text): \(seen.suffix(600))\(unread)")
        unread += String(decoding: bytes[..<count], as: UTF8.self)
      }
    }

    func waitForExit() -> Int32 {
      process.waitUntilExit()
      close(master)
      return process.terminationStatus
    }
  }

  @Test func `prompt, editing, completion, history, ctrl-C and ctrl-D`() throws {
    let home = FileManager.default.temporaryDirectory
      .appendingPathComponent("kv-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: home) }
    do {
      let terminal = try Terminal(home: home)
      try terminal.wait(for: "kv> ")
      #expect(terminal.seen.contains("KV.Supervisor is up (one_for_all)"))
      terminal.type("create shopx\u{7f}ping\r")
      try terminal.wait(for: "shopping is <0.")
      terminal.type("kill regis\t")
      try terminal.wait(for: "try ")
      terminal.type("\r")
      try terminal.wait(for: "restart 1 of 3 in 5 s")
      try terminal.wait(for: "kv> ")
      terminal.type("half a line\u{3}")
      try terminal.wait(for: "kv> ")
      terminal.type("buckets\r")
      try terminal.wait(for: "kv> ")
      terminal.type("\u{4}")
      #expect(terminal.waitForExit() == 0)
    }
    // Another run remembers.
    let terminal = try Terminal(home: home)
    try terminal.wait(for: "kv> ")
    // An event arrives in the middle of a half-typed line, which is drawn again below it.
    terminal.type("after 1s kill registry\r")
    try terminal.wait(for: "kv> ")
    terminal.type("buck")
    try terminal.wait(for: "restart 1 of 3 in 5 s")
    try terminal.wait(for: "kv> buck")
    terminal.type("ets nowhere\r")
    try terminal.wait(for: "usage: buckets")
    try terminal.wait(for: "kv> ")
    terminal.type("\u{1b}[A\u{1b}[A\u{1b}[A\u{1b}[A")
    try terminal.wait(for: "kill registry")
    terminal.type("\u{15}quit\r")
    #expect(terminal.waitForExit() == 0)
  }
}
