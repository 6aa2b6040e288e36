import Foundation
import TerminalTesting
import Testing

@testable import LineEditing

extension LineEditorTests {
  /// Texts that other threads print while a line is typed or a command runs.
  @Suite struct Events {
    @Test func `an event stands above the half-typed line, which is intact`() throws {
      let terminal = try TestTerminal()
      terminal.startReading()
      terminal.type("get eg\u{2}")  // The cursor one to the left.
      terminal.wait(for: "the line") { $0.text.last == "kv> get eg" && $0.cursor.column == 9 }
      terminal.editor.write("<0.72.0> crashed\nrestarted")
      terminal.wait(forLastRows: "<0.72.0> crashed", "restarted", "kv> get eg")
      #expect(terminal.screen.text.count == 3)
      #expect(terminal.screen.cursor.column == 9)
      terminal.type("\u{5}gs\r")
      terminal.wait(forInputs: .line("get eggs"))
      terminal.finish()
    }

    @Test func `a line of several rows is erased and drawn as a whole`() throws {
      let terminal = try TestTerminal(columns: 10)
      terminal.startReading()
      terminal.type("0123456789abcdefgh\u{1}\u{6}")
      terminal.wait(for: "the line") { $0.text.count == 3 && $0.cursor == (0, 5) }
      terminal.editor.write("event")
      terminal.wait(forLastRows: "event", "kv> 012345", "6789abcdef", "gh")
      #expect(terminal.screen.cursor == (1, 5))
      terminal.type("\u{5}\u{2}\u{2}\u{2}")
      terminal.wait(for: "the cursor on the second row") { $0.cursor == (2, 9) }
      terminal.editor.write("another")
      terminal.wait(forLastRows: "event", "another", "kv> 012345", "6789abcdef", "gh")
      #expect(terminal.screen.cursor == (3, 9))
      terminal.type("\r")
      terminal.wait(forInputs: .line("0123456789abcdefgh"))
      terminal.finish()
    }

    @Test func `an event during a search leaves the search going`() throws {
      let terminal = try TestTerminal()
      terminal.editor.addToHistory("create shopping")
      terminal.startReading()
      terminal.type("\u{12}cre")
      terminal.wait(forLastRows: "kv> create shopping", "bck:cre")
      terminal.editor.write("event")
      terminal.wait(forLastRows: "event", "kv> create shopping", "bck:cre")
      terminal.type("\r")
      terminal.wait(forInputs: .line("create shopping"))
      terminal.finish()
    }

    @Test func `events wait while the input fills the screen`() throws {
      let terminal = try TestTerminal(columns: 10, rows: 3)
      terminal.startReading()
      terminal.type("0123456789abcdefghijkl")
      terminal.wait(for: "the line") { $0.text.last == "ghijkl" }
      terminal.editor.write("event")
      terminal.type("m")
      terminal.wait(for: "the key") { $0.text.last == "ghijklm" }
      #expect(!terminal.screen.text.contains("event"))
      terminal.type("\u{15}")
      terminal.wait(for: "the event") { $0.text.contains("event") && $0.text.last == "kv>" }
      terminal.finish()
    }

    @Test func `5,000 events while typing lose no key and no event`() throws {
      let terminal = try TestTerminal(columns: 60, rows: 12)
      terminal.startReading()
      terminal.wait(forLastRows: "kv>")
      let editor = terminal.editor
      Thread.detachNewThread {
        for number in 1...5000 { editor.write("event \(number)") }
      }
      let words = (0..<100).map { "word\($0)" }
      for word in words {
        terminal.type(word + "\r")
        terminal.wait(for: "room") { _ in true }
      }
      terminal.wait(for: "all lines") { _ in terminal.inputs.count == words.count }
      #expect(terminal.inputs == words.map { .line($0) })
      terminal.wait(for: "all events") { $0.text.contains("event 5000") }
      let events = terminal.screen.text.filter { $0.hasPrefix("event ") }
      #expect(events == (1...5000).map { "event \($0)" })
      terminal.finish()
    }

    @Test func `at most 60 redraws a second`() throws {
      let terminal = try TestTerminal()
      terminal.startReading(prompt: "> ")
      terminal.type("x")
      terminal.wait(forLastRows: "> x")
      let start = ContinuousClock.now
      // Each event is written when the one before is seen: the fastest pace there can be.
      for number in 1...30 {
        terminal.editor.write("event \(number)")
        terminal.wait(forLastRows: "event \(number)", "> x")
      }
      #expect(ContinuousClock.now - start >= .seconds(29) / 60)
      terminal.finish()
    }

    @Test func `control characters in an event reach no terminal`() throws {
      let terminal = try TestTerminal()
      terminal.startReading()
      terminal.editor.write("a\u{1B}]0;title\u{7}\u{1B}[2Jb")
      terminal.wait(forLastRows: "a]0;title[2Jb", "kv>")
      terminal.finish()
    }

    // MARK: While a command runs

    @Test func `drain prints until finish, and a finish that came before counts`() throws {
      let terminal = try TestTerminal()
      terminal.start { terminal in
        terminal.editor.write("queued before")
        terminal.editor.finish(1)
        #expect(terminal.editor.drain(1) == .finished)
        let editor = terminal.editor
        Thread.detachNewThread {
          for number in 1...100 { editor.write("result \(number)") }
          editor.finish(2)
        }
        #expect(editor.drain(2) == .finished)
        terminal.record(.line("done"))
      }
      terminal.wait(forInputs: .line("done"))
      terminal.waitUntilDone()
      terminal.wait(forLastRows: "result 99", "result 100")
      #expect(terminal.screen.text.first == "queued before")
      #expect(terminal.screen.text.count == 101)
    }

    @Test func `ctrl-C interrupts drain, and the command may still be waited for`() throws {
      let terminal = try TestTerminal()
      terminal.start { terminal in
        #expect(terminal.editor.drain(1) == .interrupted)
        terminal.record(.cancelled)
        #expect(terminal.editor.drain(1) == .finished)
        terminal.record(.line("done"))
      }
      terminal.pressControlC()
      terminal.wait(forInputs: .cancelled)
      terminal.editor.finish(1)
      terminal.wait(forInputs: .cancelled, .line("done"))
      terminal.waitUntilDone()
    }

    @Test func `a finish that comes late does not end the next command`() throws {
      let terminal = try TestTerminal()
      terminal.start { terminal in
        terminal.editor.finish(1)
        terminal.record(terminal.editor.readLine(prompt: "kv> "))
        terminal.editor.finish(1)
        #expect(terminal.editor.drain(2) == .interrupted)
      }
      terminal.type("next\r")
      terminal.wait(forInputs: .line("next"))
      terminal.pressControlC()
      terminal.waitUntilDone()
    }

    @Test func `a panel is drawn over the last one, and texts are printed above it`() throws {
      let terminal = try TestTerminal()
      terminal.start { terminal in
        #expect(terminal.editor.drain(1) == .interrupted)
        terminal.record(terminal.editor.readLine(prompt: "kv> "))
      }
      terminal.editor.show("one\nbucket")
      terminal.wait(forLastRows: "one", "bucket")
      terminal.editor.write("event")
      terminal.wait(forLastRows: "event", "one", "bucket")
      terminal.editor.show("no bucket")
      terminal.wait(forLastRows: "event", "no bucket")
      terminal.editor.keepShown()
      terminal.editor.write("the end")
      terminal.wait(forLastRows: "event", "no bucket", "the end")
      terminal.editor.show("two buckets")
      terminal.wait(forLastRows: "the end", "two buckets")
      terminal.pressControlC()
      terminal.wait(for: "the prompt") { $0.text.last == "kv>" }
      // A line is typed now: nothing is drawn over anything.
      terminal.editor.show("late")
      terminal.editor.write("another event")
      terminal.wait(forLastRows: "another event", "kv>")
      #expect(terminal.screen.text.contains("two buckets"))
      #expect(!terminal.screen.text.contains("late"))
      terminal.finish()
    }

    @Test
    func
      `what is typed while a command runs is shown at the next prompt, not among what it prints`()
      throws
    {
      let terminal = try TestTerminal()
      terminal.start { terminal in
        _ = terminal.editor.drain(1)
        terminal.record(terminal.editor.readLine(prompt: "kv> "))
      }
      terminal.editor.write("it runs")
      terminal.wait(forLastRows: "it runs")
      terminal.type("get \u{7F} egg")
      terminal.editor.write("an event")
      terminal.wait(forLastRows: "it runs", "an event")
      terminal.editor.finish(1)
      terminal.wait(forLastRows: "it runs", "an event", "kv> get egg")
      terminal.type("s\r")
      terminal.wait(forInputs: .line("get eggs"))
      terminal.waitUntilDone()
    }

    @Test func `what is written and not yet printed is printed on closing`() throws {
      let terminal = try TestTerminal()
      terminal.start { $0.editor.write("last words") }
      terminal.waitUntilDone()
      terminal.wait(forLastRows: "last words")
      terminal.editor.write("nobody hears this")
    }
  }
}
