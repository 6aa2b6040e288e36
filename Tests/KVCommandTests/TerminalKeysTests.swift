import Foundation
import TerminalTesting
import Testing

extension TerminalTests {
  /// Keys, pastes and windows at a pseudo-terminal: what is on the screen is what a person would see.
  @Suite struct Keys {
    @Test func `vi keys, when .editrc asks for them`() throws {
      try withHome { home in
        try "bind -v\n".write(toFile: home + "/.editrc", atomically: true, encoding: .utf8)
        let terminal = try Terminal(home: home)
        try terminal.wait(forLastRows: "kv>")
        // To the beginning, a word on, and a letter before it. In emacs mode these would be letters.
        terminal.type("echo wrld\u{1b}0wao\r")
        try terminal.wait(forLastRows: "world", "kv>")
        terminal.type("echo two words\u{1b}bcwlines\r")
        try terminal.wait(forLastRows: "two lines", "kv>")
        // The line before the last one.
        terminal.type("\u{1b}kk\r")
        try terminal.wait(forLastRows: "kv> echo world", "world", "kv>")
        // Cursor keys work in insert mode, too.
        terminal.type("echo more\u{1b}[D\u{1b}[D!\r")
        try terminal.wait(forLastRows: "kv> echo mo!re", "mo!re", "kv>")
        terminal.type("\u{1b}[A\u{1b}[A\r")
        try terminal.wait(forLastRows: "kv> echo world", "world", "kv>")
        #expect(terminal.quit() == 0)
      }
    }

    @Test func `ctrl-R finds an earlier line, and ctrl-C leaves the search`() throws {
      try atTerminal { terminal in
        terminal.type("create shopping\r")
        try terminal.wait(for: "the bucket") {
          $0.text.dropLast().last?.hasPrefix("shopping is") == true
        }
        terminal.type("echo something else\r")
        try terminal.wait(forLastRows: "something else", "kv>")
        terminal.type("\u{12}cre")
        try terminal.wait(forLastRows: "kv> create shopping", "bck:cre")
        terminal.type("\r")
        try terminal.wait(for: "the bucket again") {
          $0.text.last == "kv>" && $0.text.dropLast().last?.hasPrefix("shopping exists") == true
        }
        terminal.type("\u{12}some")
        try terminal.wait(forLastRows: "kv> echo something else", "bck:some")
        terminal.type("\u{3}")
        try terminal.wait(for: "a new prompt") { $0.text.last == "kv>" }
      }
    }

    @Test func `keys right behind ctrl-C begin the next line`() throws {
      try atTerminal { terminal in
        for number in 1...40 {
          terminal.type("half a line\u{3}echo after-\(number)\r")
          try terminal.wait(forLastRows: "kv> echo after-\(number)", "after-\(number)", "kv>")
        }
      }
    }

    @Test func `several lines pasted at once run when Enter is pressed, not before`() throws {
      try atTerminal { terminal in
        terminal.type("\u{1b}[200~create a\rput a k 1\rget a k\r\u{1b}[201~")
        try terminal.wait(forLastRows: "kv> create a", "put a k 1", "get a k")
        terminal.type("\r")
        try terminal.wait(forLastRows: "1", "kv>")
        #expect(terminal.screen.text.contains { $0.hasPrefix("a is <0.") })
      }
    }

    @Test func `ctrl-Z hands the terminal back to the shell, and fg goes on`() throws {
      try withHome { home in
        let shell = ["/bin/bash", "--norc", "--noprofile", "-i"]
        let terminal = try Terminal(home: home, environment: ["PS1": "sh: "], program: shell)
        try terminal.wait(forLastRows: "sh:")
        terminal.type("\(Program.url.path) --no-color\r")
        try terminal.wait(forLastRows: "kv>")
        // While a line is edited: it is drawn again.
        terminal.type("echo on")
        try terminal.wait(forLastRows: "kv> echo on")
        terminal.type("\u{1a}")
        try terminal.wait(for: "Stopped")
        terminal.type("echo in $((40 + 2))\r")
        try terminal.wait(for: "in 42")
        terminal.type("fg\r")
        try terminal.wait(forLastRows: "kv> echo on")
        terminal.type("ward\r")
        try terminal.wait(forLastRows: "onward", "kv>")
        // While a command runs: it goes on.
        terminal.type("wait 1s; echo waited\r")
        try terminal.wait(for: "\u{1b}[?2004l")
        terminal.type("\u{1a}")
        try terminal.wait(for: "Stopped")
        terminal.type("fg\r")
        try terminal.wait(forLastRows: "waited", "kv>")
        terminal.type("quit\r")
        try terminal.wait(forLastRows: "sh:")
        terminal.type("exit\r")
        #expect(terminal.waitForExit() == 0)
      }
    }

    @Test func `a resized window is drawn for its new width`() throws {
      try atTerminal(columns: 60) { terminal in
        terminal.type("echo 0123456789 0123456789")
        try terminal.wait(forLastRows: "kv> echo 0123456789 0123456789")
        terminal.resize(columns: 20)
        try terminal.wait(forLastRows: "kv> echo 0123456789", "0123456789")
        terminal.type("!\r")
        try terminal.wait(forLastRows: "0123456789 012345678", "9!", "kv>")
        terminal.type("ps\r")
        try terminal.wait(for: "a narrow table") {
          $0.text.contains { $0.hasPrefix("    PID  NAME") }
        }
        terminal.resize(columns: 120)
        terminal.type("ps\r")
        try terminal.wait(for: "a wide table") { $0.text.contains { $0.hasSuffix("SUPERVISOR") } }
      }
    }

    @Test func `at forty columns words stay whole`() throws {
      try atTerminal(columns: 40) { terminal in
        try terminal.enter("ps", seeing: "STATUS  MAILBOX")
        try terminal.enter("kill registry", seeing: "is back as")
        try terminal.enter("help kill", seeing: "kill $b")
        try terminal.enter("variant leaky", seeing: "no name leads to")
        try terminal.enter("create shopping", seeing: "shopping is")
        try terminal.enter("crash bucket shopping", seeing: "is back as")
        try terminal.enter("tree", seeing: "orphan")
        try terminal.wait(for: "the prompt") { $0.text.last == "kv>" }
        let text = terminal.screen.text
        #expect(text.contains("kill TARGET"))
        for word in [
          "process at once", "KV.BucketSupervisor", "restarted empty", "restarted 1×", "orphan",
        ] {
          #expect(text.contains { $0.contains(word) }, "\(text)")
        }
      }
    }

    @Test func `wide and combining characters keep the cursor where it belongs`() throws {
      try atTerminal(columns: 20) { terminal in
        // Eight wide characters fill the first row.
        terminal.type("create 買い物🛒")
        try terminal.wait(forLastRows: "kv> create 買い物🛒")
        #expect(terminal.screen.cursor.column == 19)
        // The next one does not fit in the column that is left.
        terminal.type("籠")
        try terminal.wait(forLastRows: "kv> create 買い物🛒", "籠")
        #expect(terminal.screen.cursor.column == 2)
        terminal.type("\u{7f}\u{2}\u{7f}")
        try terminal.wait(for: "the row without its last but one") {
          $0.text.last == "kv> create 買い🛒" && $0.cursor.column == 15
        }
        terminal.type("\r")
        try terminal.wait(for: "the bucket") {
          $0.text.last == "kv>" && $0.text.dropLast().last?.hasPrefix("買い🛒 is <0.") == true
        }
        terminal.type("put 買\t čaj e\u{301}\r")
        try terminal.wait(for: "the prompt") { $0.text.last == "kv>" }
        terminal.type("get čaj\r")
        try terminal.wait(forLastRows: "kv> get čaj", "e\u{301}", "kv>")
      }
    }
  }
}
