import Foundation
import TerminalTesting
import Testing

@testable import LineEditing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One editor at a time: signals that a test sends are for all editors of the program.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct LineEditorTests {
  // MARK: Editing

  @Test func `a line is typed, edited and entered`() throws {
    let terminal = try TestTerminal()
    terminal.startReading()
    terminal.wait(forLastRows: "kv>")
    terminal.type("gett eggs\u{1}\u{6}\u{6}\u{6}\u{4}")  // to the beginning, right, delete
    terminal.wait(forLastRows: "kv> get eggs")
    #expect(terminal.screen.cursor.column == 7)
    terminal.type("\r")
    terminal.wait(forInputs: .line("get eggs"))
    terminal.wait(forLastRows: "kv> get eggs", "kv>")
    terminal.finish()
  }

  @Test func `characters outside ASCII are edited as characters`() throws {
    let terminal = try TestTerminal()
    terminal.startReading()
    terminal.type("čaj é\u{7F}\u{7F}ové\r")
    terminal.wait(forInputs: .line("čajové"))
    terminal.finish()
  }

  /// It crashes on an unfinished quotation.
  @Test func `libedit's own command line is out of reach`() throws {
    let terminal = try TestTerminal()
    terminal.startReading()
    for _ in 0..<20 { terminal.type("\u{1B}x'\r\u{1B}X\"\r") }
    terminal.type("still here\r")
    terminal.wait(for: "the line") { _ in terminal.inputs.contains(.line("still here")) }
    terminal.finish()
  }

  @Test func `bytes that are no text do no harm`() throws {
    let terminal = try TestTerminal()
    terminal.startReading()
    var generator = SplitMix(state: UInt64.random(in: 0 ... .max))
    let seed = generator.state
    for _ in 0..<300 {
      // No ctrl-D, which ends, and no ctrl-S, ctrl-V, ctrl-C, ctrl-Z, which the terminal itself takes.
      let bytes = (0..<20).map { _ in UInt8.random(in: 0...255, using: &generator) }
        .filter { ![0x04, 0x03, 0x13, 0x11, 0x1A, 0x1C, 0x16].contains($0) }
      terminal.type(bytes: bytes)
    }
    // Whatever state that left behind, ctrl-C leads out of it, once all of it has arrived.
    var tries = 0
    terminal.wait(for: "the line, seed \(seed)") { _ in
      if tries % 20 == 0 { terminal.pressControlC() }
      if tries % 20 == 10 { terminal.type("still here\r") }
      tries += 1
      return terminal.inputs.contains(.line("still here"))
    }
    terminal.finish()
  }

  @Test func `ctrl-D on an empty line ends`() throws {
    let terminal = try TestTerminal()
    terminal.startReading()
    terminal.wait(forLastRows: "kv>")
    terminal.type("\u{4}")
    terminal.wait(forInputs: .endOfInput)
    terminal.waitUntilDone()
  }

  @Test func `ctrl-C cancels the line`() throws {
    let terminal = try TestTerminal()
    terminal.startReading()
    terminal.type("half a li")
    terminal.wait(forLastRows: "kv> half a li")
    terminal.pressControlC()
    terminal.wait(forInputs: .cancelled)
    terminal.wait(forLastRows: "kv> half a li^C", "kv>")
    terminal.type("next\r")
    terminal.wait(forInputs: .cancelled, .line("next"))
    terminal.finish()
  }

  @Test func `ctrl-C cancels the line in a search too`() throws {
    let terminal = try TestTerminal()
    terminal.editor.addToHistory("create shopping")
    terminal.startReading()
    terminal.type("\u{12}cre")
    terminal.wait(forLastRows: "kv> create shopping", "bck:cre")
    terminal.pressControlC()
    terminal.wait(forInputs: .cancelled)
    terminal.wait(for: "a new prompt") { $0.text.last == "kv>" }
    terminal.type("next\r")
    terminal.wait(forInputs: .cancelled, .line("next"))
    terminal.finish()
  }

  @Test func `SIGHUP ends`() throws {
    let terminal = try TestTerminal()
    terminal.startReading()
    terminal.wait(forLastRows: "kv>")
    terminal.hangUp()
    terminal.wait(forInputs: .terminated(signal: SIGHUP))
    terminal.waitUntilDone()
  }

  @Test func `a paste arrives intact and is not run`() throws {
    let terminal = try TestTerminal()
    terminal.startReading()
    terminal.wait(forLastRows: "kv>")
    terminal.type("\u{1B}[200~put a\t1\rput b 2\r\u{1B}[201~")
    terminal.wait(forLastRows: "kv> put a       1", "put b 2")
    terminal.type("\r")
    terminal.wait(forInputs: .line("put a\t1\nput b 2"))
    terminal.finish()
  }

  @Test func `a resized terminal is drawn for its new width`() throws {
    let terminal = try TestTerminal(columns: 20)
    terminal.startReading()
    terminal.type("0123456789")
    terminal.wait(forLastRows: "kv> 0123456789")
    terminal.resize(columns: 10, rows: 10)
    terminal.wait(for: "two rows") { $0.text.suffix(2) == ["kv> 012345", "6789"] }
    terminal.type("\r")
    terminal.wait(forInputs: .line("0123456789"))
    terminal.finish()
  }

  @Test func `a dumb terminal gets no control sequences`() throws {
    let terminal = try TestTerminal(type: "dumb")
    terminal.startReading(prompt: "\u{1B}[32mkv>\u{1B}[0m ")
    terminal.wait(forLastRows: "kv>")
    terminal.type("get")
    terminal.wait(forLastRows: "kv> get")
    terminal.editor.write("\u{1B}[31man event\u{1B}[0m")
    terminal.wait(forLastRows: "kv> get", "an event", "kv> get")
    terminal.type(" eggs\r")
    terminal.wait(forInputs: .line("get eggs"))
    terminal.finish()
    #expect(!terminal.raw.contains(0x1B))
  }

  @Test func `a pipe is no terminal`() throws {
    let pipe = try LineEditing.Pipe()
    #expect(throws: LineEditingError.notATerminal) {
      try LineEditor(
        .init(
          program: "kv", inputDescriptor: pipe.readEnd.number,
          outputDescriptor: pipe.writeEnd.number))
    }
  }

  // MARK: History

  @Test func `the up key brings back earlier lines`() throws {
    let terminal = try TestTerminal()
    terminal.startReading()
    terminal.type("first\rsecond\r")
    terminal.wait(forInputs: .line("first"), .line("second"))
    terminal.type("\u{1B}[A\u{1B}OA")
    terminal.wait(forLastRows: "kv> first")
    terminal.type("\u{1B}[B!\r")
    terminal.wait(forInputs: .line("first"), .line("second"), .line("second!"))
    #expect(terminal.editor.history == ["first", "second", "second!"])
    terminal.finish()
  }

  @Test func `history outlives the editor`() throws {
    try HistoryTests.withFolder { folder in
      let first = try TestTerminal(historyFile: folder + "/history")
      first.startReading()
      first.type("remember me\r")
      first.wait(forInputs: .line("remember me"))
      first.finish()
      let second = try TestTerminal(historyFile: folder + "/history")
      second.startReading()
      second.type("\u{10}\r")
      second.wait(forInputs: .line("remember me"))
      second.finish()
    }
  }

  // MARK: Completion

  static let commands = ["create", "crash", "get"]

  @Test func `Tab completes, then lists`() throws {
    let terminal = try TestTerminal { line, cursor in
      let word = String(line.prefix(cursor))
      return Self.commands.filter { $0.hasPrefix(word) }.map { Completion(text: $0, start: 0) }
    }
    terminal.startReading()
    terminal.type("c\t")
    terminal.wait(forLastRows: "kv> cr")
    terminal.type("\t")
    terminal.wait(forLastRows: "create  crash", "kv> cr")
    #expect(terminal.screen.cursor.column == 6)
    terminal.type("a\tit\r")
    terminal.wait(forInputs: .line("crash it"))
    terminal.finish()
  }

  @Test func `candidates with descriptions have a row each`() throws {
    let terminal = try TestTerminal { _, _ in
      [
        Completion(text: "get", start: 0, description: "read"),
        Completion(text: "put", start: 0, description: "store"),
      ]
    }
    terminal.startReading()
    terminal.type("\t")
    terminal.wait(forLastRows: "get  read", "put  store", "kv>")
    terminal.finish()
  }
}
