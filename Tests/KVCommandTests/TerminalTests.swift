import Foundation
import TerminalTesting
import Testing

/// The real program at a pseudo-terminal, as a person meets it.
///
/// One at a time: each holds a thread while it waits, of which there are only as many as processors.
@Suite(.serialized) struct TerminalTests {
  @Test func `prompt, editing, completion, history, ctrl-C and ctrl-D`() throws {
    try withHome { home in
      do {
        let terminal = try Terminal(home: home)
        try terminal.wait(for: "kv> ")
        #expect(terminal.seen.contains("KV.Supervisor is up (one_for_all)"))
        try terminal.enter("create shopx\u{7f}ping", seeing: "shopping is <0.")
        terminal.type("kill regis\t")
        try terminal.wait(for: "try ")
        try terminal.enter("", seeing: "restart 1 of 3 in 5 s")
        terminal.type("half a line\u{3}")
        try terminal.wait(for: "kv> ")
        try terminal.enter("buckets")
        terminal.type("\u{4}")
        #expect(terminal.waitForExit() == 0)
      }
      // Another run remembers.
      let terminal = try Terminal(home: home)
      try terminal.wait(for: "kv> ")
      // An event arrives in the middle of a half-typed line, which is drawn again below it.
      try terminal.enter("after 1s kill registry")
      terminal.type("buck")
      try terminal.wait(for: "restart 1 of 3 in 5 s")
      try terminal.wait(for: "kv> buck")
      try terminal.enter("ets nowhere", seeing: "usage: buckets")
      terminal.type("\u{1b}[A\u{1b}[A\u{1b}[A\u{1b}[A")
      try terminal.wait(for: "kill registry")
      terminal.type("\u{15}")
      #expect(terminal.quit() == 0)
    }
  }

  @Test func `a quotation goes on in the next line, and ctrl-C leaves it`() throws {
    try atTerminal { terminal in
      terminal.type("echo 'one\r")
      try terminal.wait(for: "... ")
      try terminal.enter("two'", seeing: "one\\ntwo")
      terminal.type("create \"half\r")
      try terminal.wait(for: "... ")
      terminal.type("\u{3}")
      try terminal.wait(for: "kv> ")
      terminal.type("echo a\\\r")
      try terminal.wait(for: "... ")
      try terminal.enter("b", seeing: "ab")
      // The whole statement is one entry of the history.
      try terminal.enter("\u{1b}[A\u{1b}[A", seeing: "one\\ntwo")
    }
  }

  @Test func `ctrl-C interrupts what runs, and the session goes on`() throws {
    try withHome { home in
      let terminal = try Terminal(home: home)
      func interrupt() throws {
        terminal.type("\u{3}")
        try terminal.wait(for: "interrupted")
        try terminal.wait(for: "kv> ")
      }
      try terminal.wait(for: "kv> ")
      try terminal.enter("create a")
      terminal.type("watch --every 10ms buckets\r")
      try terminal.wait(for: "── ")
      try interrupt()
      try terminal.enter("hang bucket a", seeing: "hangs until it is killed")
      terminal.type("get a x\r")
      try terminal.wait(for: "get a x")
      // The line has been entered: pasting is no longer bracketed.
      try terminal.wait(for: "\u{1b}[?2004l")
      try interrupt()
      terminal.type("events --follow\r")
      try terminal.wait(for: "$ hang bucket a")
      try interrupt()
      terminal.type("chaos --for 10m --targets registry --rate 5\r")
      try terminal.wait(for: "restart 1 of 3")
      terminal.type("\u{3}")
      try terminal.wait(for: "interrupted")
      // It still says what it has done so far, and is not asked again when the next command is interrupted.
      try terminal.wait(for: ", the longest outage ")
      try terminal.wait(for: "kv> ")
      terminal.type("watch --every 10ms buckets\r")
      try terminal.wait(for: "── ")
      try interrupt()
      #expect(terminal.screen.text.count { $0.contains(", the longest outage ") } == 1)
      try terminal.enter("echo still here", seeing: "still here", "still here")
      #expect(terminal.quit() == 0)
    }
  }

  @Test
  func `watch shows all in one place, with events above it, and in plain blocks where it can't`()
    throws
  {
    try withHome { home in
      let terminal = try Terminal(home: home)
      try terminal.wait(for: "kv> ")
      try terminal.enter("create a b")
      try terminal.enter("after 500ms kill bucket a")
      terminal.type("watch --every 10ms buckets\r")
      try terminal.wait(for: "one bucket, below the event") { screen in
        let rows = screen.lastRows(3)
        return rows.count == 3 && rows[0].contains("✗ a <0.6.0> killed by you")
          && rows[1].hasPrefix("── ") && rows[2] == "b"
      }
      #expect(terminal.screen.text.count { $0.hasPrefix("── ") } == 1)
      terminal.type("\u{3}")
      try terminal.wait(for: "interrupted")
      try terminal.wait(for: "kv> ")
      // What ends it is told below what it has shown.
      try terminal.enter("put b k 1", seeing: "\n")
      try terminal.enter("after 300ms kill bucket b")
      terminal.type("watch --every 10ms get b k\r")
      try terminal.wait(for: "the error below the panel") { screen in
        let rows = screen.lastRows(5)
        guard let value = rows.firstIndex(of: "1"), rows.count > value + 1 else { return false }
        return rows[value + 1].hasPrefix("error: no bucket is called b") && rows.last == "kv>"
      }
      #expect(terminal.quit() == 0)

      let dumb = try Terminal(home: home, type: "dumb")
      try dumb.wait(for: "kv> ")
      try dumb.enter("watch --times 3 --every 1ms echo x", seeing: "── ", "x")
      #expect(dumb.quit() == 0)
      #expect(dumb.screen.text.count { $0.hasPrefix("── ") } == 1)
    }
  }

  @Test func `Tab offers commands, options, names, PIDs, keys, variables and files`() throws {
    try withHome { home in
      try "create x\n".write(toFile: home + "/only-script.kv", atomically: true, encoding: .utf8)
      let terminal = try Terminal(home: home)
      try terminal.wait(for: "kv> ")
      try terminal.enter("create shopping")
      try terminal.enter("put shopping eggplant purple")
      // Typed in part, completed by Tab, and then run.
      for (typed, seen) in [
        ("timel\t", "KV.Registry"), ("tree --dep\t1", "… 1 below"), ("info reg\t", "traps exits"),
        ("get shopping egg\t", "purple"), ("get eggp\t", "purple"), ("time buck\t", "took"),
        ("source \(home)/only\t", "x is"), ("info <0.6\t", "traps exits"),
      ] {
        try terminal.enter(typed, seeing: seen)
      }
      // Several: a list with descriptions.
      terminal.type("st\t\t")
      try terminal.wait(for: "the system in numbers")
      terminal.type("\u{15}")
      #expect(terminal.quit() == 0)
    }
  }

  @Test func `a dumb terminal gets no control sequences`() throws {
    try withHome { home in
      let terminal = try Terminal(home: home, type: "dumb", arguments: [])
      try terminal.wait(for: "kv> ")
      try terminal.enter("create a", seeing: "a is <0.")
      try terminal.enter("kill registry", seeing: "restart 1 of 3")
      #expect(terminal.quit() == 0)
      #expect(!terminal.seen.contains("\u{1b}["))
    }
  }

  @Test(arguments: [[:], ["NO_COLOR": ""], ["NO_COLOR": "1"]])
  func `colours are shown unless NO_COLOR says otherwise`(_ environment: [String: String]) throws {
    try withHome { home in
      let terminal = try Terminal(home: home, arguments: [], environment: environment)
      try terminal.wait(forLastRows: "kv>")
      terminal.type("kill registry\r")
      try terminal.wait(for: "restart 1 of 3")
      try terminal.wait(forLastRows: "kv>")
      #expect(terminal.quit() == 0)
      // An empty NO_COLOR is none, as no-color.org has it.
      let isColored = environment["NO_COLOR"] != "1"
      #expect(terminal.seen.contains(/\u{1b}\[[0-9;]*3[0-9]m/) == isColored)
    }
  }

  @Test func `the tour waits for Enter`() throws {
    try withHome { home in
      let terminal = try Terminal(home: home, arguments: ["tour", "--no-color"])
      try terminal.wait(for: "1 of 15")
      try terminal.wait(for: "kv> ")
      // Enter types what is to be typed.
      terminal.type("\r")
      try terminal.wait(for: "tree\r")
      try terminal.wait(for: "2 of 15")
      try terminal.wait(for: "kv> ")
      #expect(terminal.screen.text.contains("kv> tree"))
      #expect(!terminal.screen.text.dropLast().contains("kv>"))
      try terminal.enter("   ")
      try terminal.enter("buckets")
      terminal.type("create shopping\r")
      try terminal.wait(for: "→ put shopping milk 1")
      try terminal.enter("tour stop")
      #expect(terminal.quit() == 0)
    }
  }
}
