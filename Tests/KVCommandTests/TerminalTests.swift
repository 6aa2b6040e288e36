import Foundation
import Glibc
import Testing

/// The real program at a pseudo-terminal, as a person meets it.
@Suite struct TerminalTests {
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

  @Test func `a quotation goes on in the next line, and ctrl-C leaves it`() throws {
    try withHome { home in
      let terminal = try Terminal(home: home)
      try terminal.wait(for: "kv> ")
      terminal.type("echo 'one\r")
      try terminal.wait(for: "... ")
      terminal.type("two'\r")
      try terminal.wait(for: "one\\ntwo")
      try terminal.wait(for: "kv> ")
      terminal.type("create \"half\r")
      try terminal.wait(for: "... ")
      terminal.type("\u{3}")
      try terminal.wait(for: "kv> ")
      terminal.type("echo a\\\r")
      try terminal.wait(for: "... ")
      terminal.type("b\r")
      try terminal.wait(for: "ab")
      try terminal.wait(for: "kv> ")
      // The whole statement is one entry of the history.
      terminal.type("\u{1b}[A\u{1b}[A\r")
      try terminal.wait(for: "one\\ntwo")
      try terminal.wait(for: "kv> ")
      terminal.type("quit\r")
      #expect(terminal.waitForExit() == 0)
    }
  }

  @Test func `ctrl-C interrupts what runs, and the session goes on`() throws {
    try withHome { home in
      let terminal = try Terminal(home: home)
      try terminal.wait(for: "kv> ")
      terminal.type("create a\r")
      try terminal.wait(for: "kv> ")
      terminal.type("watch --every 10ms buckets\r")
      try terminal.wait(for: "── ")
      terminal.type("\u{3}")
      try terminal.wait(for: "interrupted")
      try terminal.wait(for: "kv> ")
      terminal.type("hang bucket a\r")
      try terminal.wait(for: "hangs until it is killed")
      try terminal.wait(for: "kv> ")
      terminal.type("get a x\r")
      try terminal.wait(for: "get a x")
      // The line has been entered: pasting is no longer bracketed.
      try terminal.wait(for: "\u{1b}[?2004l")
      terminal.type("\u{3}")
      try terminal.wait(for: "interrupted")
      try terminal.wait(for: "kv> ")
      terminal.type("events --follow\r")
      try terminal.wait(for: "$ hang bucket a")
      terminal.type("\u{3}")
      try terminal.wait(for: "interrupted")
      try terminal.wait(for: "kv> ")
      terminal.type("chaos --for 10m --targets registry --rate 5\r")
      try terminal.wait(for: "restart 1 of 3")
      terminal.type("\u{3}")
      try terminal.wait(for: "interrupted")
      try terminal.wait(for: "kv> ")
      terminal.type("echo still here\r")
      try terminal.wait(for: "still here")
      try terminal.wait(for: "still here")
      terminal.type("quit\r")
      #expect(terminal.waitForExit() == 0)
    }
  }

  @Test func `Tab offers commands, options, names, PIDs, keys, variables and files`() throws {
    try withHome { home in
      try "create x\n".write(toFile: home + "/only-script.kv", atomically: true, encoding: .utf8)
      let terminal = try Terminal(home: home)
      try terminal.wait(for: "kv> ")
      terminal.type("create shopping\r")
      try terminal.wait(for: "kv> ")
      terminal.type("put shopping eggplant purple\r")
      try terminal.wait(for: "kv> ")
      // Typed in part, completed by Tab, and then run.
      for (typed, seen) in [
        ("timel\t", "KV.Registry"), ("tree --dep\t1", "… 1 below"), ("info reg\t", "traps exits"),
        ("get shopping egg\t", "purple"), ("get eggp\t", "purple"), ("time buck\t", "took"),
        ("source \(home)/only\t", "x is"), ("info <0.6\t", "traps exits"),
      ] {
        terminal.type(typed + "\r")
        try terminal.wait(for: seen)
        try terminal.wait(for: "kv> ")
      }
      // Several: a list with descriptions.
      terminal.type("st\t\t")
      try terminal.wait(for: "the system in numbers")
      terminal.type("\u{15}quit\r")
      #expect(terminal.waitForExit() == 0)
    }
  }

  @Test func `a dumb terminal, NO_COLOR, forty columns and a resize are no obstacle`() throws {
    try withHome { home in
      let dumb = try Terminal(home: home, type: "dumb", arguments: [])
      try dumb.wait(for: "kv> ")
      dumb.type("create a\r")
      try dumb.wait(for: "a is <0.")
      dumb.type("kill registry\r")
      try dumb.wait(for: "restart 1 of 3")
      dumb.type("quit\r")
      #expect(dumb.waitForExit() == 0)
      #expect(!dumb.seen.contains("\u{1b}["))

      let plain = try Terminal(home: home, arguments: [], environment: ["NO_COLOR": "1"])
      try plain.wait(for: "kv> ")
      plain.type("kill registry\r")
      try plain.wait(for: "restart 1 of 3")
      plain.type("quit\r")
      #expect(plain.waitForExit() == 0)
      #expect(!plain.seen.contains("\u{1b}[31m"))

      let narrow = try Terminal(home: home, columns: 40)
      try narrow.wait(for: "kv> ")
      narrow.type("ps\r")
      try narrow.wait(for: "STATUS  MAILBOX")
      narrow.resize(columns: 120)
      narrow.type("ps\r")
      try narrow.wait(for: "SUPERVISOR")
      narrow.type("quit\r")
      #expect(narrow.waitForExit() == 0)
    }
  }

  @Test func `the tour waits for Enter`() throws {
    try withHome { home in
      let terminal = try Terminal(home: home, arguments: ["tour", "--no-color"])
      try terminal.wait(for: "1 of 15")
      try terminal.wait(for: "kv> ")
      terminal.type("\r")
      try terminal.wait(for: "2 of 15")
      try terminal.wait(for: "kv> ")
      terminal.type("buckets\r")
      try terminal.wait(for: "kv> ")
      terminal.type("create shopping\r")
      try terminal.wait(for: "→ put shopping milk 1")
      terminal.type("tour stop\r")
      try terminal.wait(for: "kv> ")
      terminal.type("quit\r")
      #expect(terminal.waitForExit() == 0)
    }
  }
}
