import Foundation
import Testing

@testable import LineEditing

struct HistoryTests {
  @Test(arguments: [
    ("get eggs", "get eggs"),
    ("one\ntwo", #"one\ntwo"#),
    (#"a\b"#, #"a\\b"#),
    (#"\n"#, #"\\n"#),
    ("\r", #"\r"#),
    (#"\"#, #"\\"#),
  ])
  func `an entry fits on one line of the file and comes back`(entry: String, line: String) {
    #expect(HistoryFile.escape(entry) == line)
    #expect(HistoryFile.unescape(line) == entry)
  }

  @Test(arguments: [(#"\x"#, #"\x"#), (#"end\"#, #"end\"#)])
  func `an unknown escape stays as it is`(line: String, entry: String) {
    #expect(HistoryFile.unescape(line) == entry)
  }

  @Test func `blank lines and repetitions are skipped`() {
    var entries = HistoryEntries([], limit: 3)
    for line in ["a", "a", " ", "", "b", "a"] { entries.add(line) }
    #expect(entries.lines == ["a", "b", "a"])
  }

  @Test func `the oldest goes when the limit is reached`() {
    var entries = HistoryEntries(["a", "b"], limit: 2)
    #expect(Array(entries.takeNew()) == ["a", "b"])
    entries.add("c")
    #expect(entries.lines == ["b", "c"])
    #expect(Array(entries.takeNew()) == ["c"])
  }

  /// A folder of its own, removed afterwards.
  static func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "line-editing-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  static func mode(_ path: String) -> Int? {
    try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  static func contents(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func `entries are appended at once, readable by their owner only`() throws {
    try Self.withFolder { folder in
      let file = HistoryFile(path: folder + "/history")
      file.append("one\nmore")
      file.append("two")
      #expect(Self.contents(file.path) == "one\\nmore\ntwo\n")
      #expect(Self.mode(file.path) == 0o600)
      #expect(file.load(limit: 10) == ["one\nmore", "two"])
      #expect(file.load(limit: 1) == ["two"])
    }
  }

  @Test func `a file of more than twice the limit is shortened`() throws {
    try Self.withFolder { folder in
      let file = HistoryFile(path: folder + "/history")
      for number in 1...7 { file.append("line \(number)") }
      #expect(file.load(limit: 3) == ["line 5", "line 6", "line 7"])
      #expect(Self.contents(file.path) == "line 5\nline 6\nline 7\n")
      #expect(Self.mode(file.path) == 0o600)
    }
  }

  @Test func `a file that is missing, foreign or no text is no error`() throws {
    try Self.withFolder { folder in
      #expect(HistoryFile(path: folder + "/none").load(limit: 3) == [])
      #expect(HistoryFile(path: folder).load(limit: 3) == [])
      HistoryFile(path: folder + "/none/none").append("x")
      let file = HistoryFile(path: folder + "/bytes")
      try Data([0xFF, 0x0A, 0x00, 0x41]).write(to: URL(fileURLWithPath: file.path))
      #expect(file.load(limit: 3) == ["\u{FFFD}", "\u{0}A"])
    }
  }

  @Test func `the default path follows XDG and makes its folders`() throws {
    try Self.withFolder { folder in
      let state = ["XDG_STATE_HOME": folder + "/state", "HOME": folder + "/home"]
      let path = HistoryFile.defaultPath(program: "kv") { state[$0] }
      #expect(path == folder + "/state/kv/history")
      #expect(Self.mode(folder + "/state/kv") == 0o700)

      let home = ["XDG_STATE_HOME": "relative", "HOME": folder + "/home"]
      let other = HistoryFile.defaultPath(program: "kv") { home[$0] }
      #expect(other == folder + "/home/.local/state/kv/history")
      #expect(HistoryFile.defaultPath(program: "kv") { _ in nil } == nil)
      #expect(HistoryFile.defaultPath(program: "kv") { _ in "/proc/none" } == nil)
    }
  }
}
