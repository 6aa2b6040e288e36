import Foundation
import TerminalTesting
import Testing

extension TerminalTests {
  /// Typing at the real program while it prints without a pause.
  @Suite struct Storm {
    @Test func `events without a pause lose no key and garble no line`() throws {
      try withHome { home in
        let terminal = try Terminal(home: home, columns: 72)
        try terminal.wait(forLastRows: "kv>")
        // Four kills in five make a restart, of three lines or more; the fifth ends the application and starts it
        // again. In all more than a thousand lines a second, as far as the machine is fast enough.
        terminal.type("after 1ms chaos --rate 400 --for 10m\r")
        try terminal.wait(for: "  ✗ ")
        var typed = ""
        // Longer than a row, so that two have to be drawn again below each batch of events.
        for word in ["echo", "買い物", "čaj", "eggs", "milk"] + (1...12).map({ "word\($0)" }) {
          typed += typed.isEmpty ? word : " " + word
          for character in typed.suffix(word.count + (typed == word ? 0 : 1)) {
            terminal.type(String(character))
          }
          try terminal.wait(for: "what was typed up to \(word)") {
            Self.line($0) == "kv> " + typed
          }
        }
        // Back to the beginning and in between, and away with a word.
        terminal.type("\u{1}\u{6}\u{6}\u{6}\u{6}\u{6}tea \u{5}\u{17}")
        typed = "echo tea " + typed.dropFirst(5).dropLast(" word12".count)
        try terminal.wait(for: "the edited line") { Self.line($0) == "kv> " + typed }
        let before = terminal.screen.rowCount
        try terminal.wait(for: "more events, below which the line is intact") {
          $0.rowCount > before + 1_000 && Self.line($0) == "kv> " + typed
        }
        let rows = terminal.screen.text
        let start = try #require(rows.firstIndex { $0.hasPrefix("kv> after") }) + 1
        let end = try #require(rows.lastIndex { $0.hasPrefix("kv>") })
        for row in rows[start..<end] {
          let isWhole = Self.beginnings.contains { row.hasPrefix($0) } || row.contains(" dropped")
          #expect(isWhole, "\(row)")
        }
        terminal.type("\u{15}")
        try terminal.wait(forLastRows: "kv>")
        #expect(terminal.quit() == 0)
      }
    }

    /// Of the rows that tell of events; the last is that of what is folded.
    private static let beginnings = ["  ✗ ", "  ↳ ", "  ✓ ", "  ■ ", "  ▸ ", "      "]

    /// What is being typed, of one row or two.
    private static func line(_ screen: TestScreen) -> String? {
      let rows = screen.lastRows(2)
      guard let start = rows.lastIndex(where: { $0.hasPrefix("kv>") }) else { return nil }
      guard start == 0, rows.count == 2 else { return rows[start] }
      // A row that ends with a blank has lost it.
      let width = rows[0].count + rows[0].count { "買い物".contains($0) }
      return rows[0] + (width < screen.columns ? " " : "") + rows[1]
    }
  }
}
