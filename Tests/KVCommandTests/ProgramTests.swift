import Foundation
import Testing

@Suite struct ProgramTests {
  @Test func `a script creates, stores, crashes, and fails at the first thing that is gone`() throws
  {
    let outcome = try Program.run(
      [],
      input: """
        create shopping
        put shopping eggs 3
        get shopping eggs
        crash bucket shopping
        lookup shopping

        """)
    #expect(outcome.status == 1)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.contains("3"))
    #expect(lines.contains { $0.contains("shopping") && $0.contains("error:boom") })
    #expect(outcome.errors.contains("line 5: lookup shopping: no bucket is called shopping"))
  }

  @Test func `a second observer is refused while the first runs, whose address is told`() throws {
    let outcome = try Program.run(["--keep-going", "-c", "observer; observer; observer --port 1"])
    let addresses = outcome.output.split(separator: "\n").filter { $0.hasPrefix("http://") }
    #expect(addresses.count == 2 && Set(addresses).count == 1, "\(outcome.output)")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("the observer runs already, at \(addresses.first ?? "")."))
    #expect(outcome.errors.contains("`observer stop` ends it; then it can start elsewhere."))
  }

  @Test func `one kill of the registry ends four processes and brings two back`() throws {
    let outcome = try Program.run(["-c", "create a b c; kill registry; buckets; tree"])
    #expect(outcome.status == 0)
    #expect(outcome.output.components(separatedBy: "✗").count - 1 == 5)
    #expect(outcome.output.components(separatedBy: "is back as").count - 1 == 2)
    #expect(outcome.output.contains("restart 1 of 3 in 5 s"))
  }

  @Test func `killing the registry too often ends the tree, and start brings it back`() throws {
    let outcome = try Program.run(
      [
        "--keep-going", "-c",
        "kill registry; kill registry; kill registry; kill registry; buckets; start; create a; get b",
      ])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("kv has stopped"))
    #expect(outcome.errors.contains("`start` brings it up again"))
    #expect(outcome.output.contains("KV.Supervisor is up"))
    #expect(outcome.output.contains("nothing is stored under b"))
  }

  @Test func `results and events are JSON objects, and causes are earlier events`() throws {
    let outcome = try Program.run(
      [
        "--json", "--keep-going", "-c",
        "create a; put a eggs 3; get a eggs; kill registry; get a x",
      ])
    #expect(outcome.status == 1)
    var numbers: Set<Int> = []
    var values: [String] = []
    var codes: [String] = []
    for line in outcome.output.split(separator: "\n") {
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      if object["type"] as? String == "event" {
        if let cause = object["cause"] as? Int { #expect(numbers.contains(cause), "\(line)") }
        numbers.insert(try #require(object["seq"] as? Int))
      } else {
        if let value = object["value"] as? String { values.append(value) }
        if let code = object["error"] as? String { codes.append(code) }
      }
    }
    #expect(values.last == "3")
    #expect(codes == ["unknown_bucket"])
  }

  @Test func `bad input fails with a sentence and loses nothing`() throws {
    let rows: [(input: Data, expected: String)] = [
      (Data("crate a\n".utf8), "did you mean `create`"),
      (Data("put a\n".utf8), "usage: put"),
      (Data("kill nobody\n".utf8), "no process is called nobody"),
      (Data("create 'a\n".utf8), "unbalanced quote"),
      (Data("create a\u{0}b\n".utf8), "NUL byte"),
      (Data([0x63, 0xFF, 0x0A]), "invalid UTF-8"),
      (Data((String(repeating: "x", count: 1 << 20) + "\n").utf8), "unknown command"),
    ]
    for row in rows {
      let outcome = try Program.run([], input: row.input)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains(row.expected), "\(outcome.errors.prefix(300))")
    }
    #expect(try Program.run([], input: "").status == 0)
    #expect(try Program.run([], input: "create a\r\nget a x\r\n").status == 0)
  }

  @Test func `wrong arguments end with status 2, and a sentence that says what to give`() throws {
    let rows: [(arguments: [String], expected: String)] = [
      (["--nonsense"], "Unknown option '--nonsense'"),
      (["/no/such/file"], "/no/such/file can't be read: No such file"),
      (["--variant", "x"], "--variant takes one of linked, leaky, one_for_one"),
      (["--seeds", "9..1"], "the lesser first: --seeds 1..100."),
      (["--seed", "1", "--seeds", "1..2"], "--seed and --seeds exclude each other: give one"),
      (["-c", "tree", "script.kv"], "-c and a script file exclude each other: give one"),
      (["--observer", "--simulate"], "a simulation has no page: leave out --observer."),
      (["--workers", "0"], "--workers takes a number from 1 to 1024."),
      (["tour", "--fast"], "Unknown option '--fast'"),
    ]
    for row in rows {
      let outcome = try Program.run(row.arguments)
      #expect(outcome.status == 2, "\(row.arguments)")
      #expect(outcome.errors.contains(row.expected), "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }
    #expect(try Program.run(["--version"]).status == 0)
    #expect(try Program.run(["tour", "--help"]).output.contains("kv tour [--auto]"))
  }

  @Test func `the tour runs by itself and succeeds`() throws {
    let outcome = try Program.run(["tour", "--auto"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("1 of 15"))
    #expect(outcome.output.contains("15 of 15"))
    #expect(try Program.run(["tour", "--nonsense"]).status == 2)
    #expect(try Program.run(["./tour"]).errors.contains("./tour can't be read"))
  }

  @Test func `a simulated script prints the same bytes for the same seed`() throws {
    let script = "create a b c; after 1s kill a; chaos --for 5s --rate 3; wait 2s; timeline; ps"
    let first = try Program.run(["--simulate", "--seed", "5", "--json", "-c", script])
    #expect(first.status == 0, "\(first.errors)")
    #expect(
      try Program.run(["--simulate", "--seed", "5", "--json", "-c", script]).output == first.output)
    #expect(
      try Program.run(["--simulate", "--seed", "6", "--json", "-c", script]).output != first.output)
  }

  @Test func `the first seed under which a script fails is printed with its transcript`() throws {
    let passed = try Program.run(["--seeds", "1..20", "-c", "create a; assert buckets == a"])
    #expect(passed.status == 0)
    #expect(passed.output.contains("seeds 1..20"))
    let failed = try Program.run(
      ["--seeds", "3..20", "--echo", "-c", "create a; assert buckets == b"])
    #expect(failed.status == 1)
    #expect(failed.output.contains("kv> create a"))
    #expect(failed.errors.contains("failed under seed 3; --simulate --seed 3 replays it"))
    for wrong in ["20..1", "x", "1..", "1...2", "1.2"] {
      #expect(try Program.run(["--seeds", wrong, "-c", "buckets"]).status == 2)
    }
  }

  @Test func `a failed assert says what was expected on standard error, and ends with 1`() throws {
    let outcome = try Program.run(["-c", "create a; put a k 1; assert get a k == 2; create never"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("expected `get a k` to be `2`, found `1`"))
    #expect(!outcome.output.contains("never"))
  }
}
