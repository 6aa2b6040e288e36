import Testing

@testable import Shell

/// The words of every command in a line.
private func words(_ line: String) throws -> [[String]] {
  try Lexer.lex(line).map { $0.words.map(\.text) }
}

@Suite struct LexerTests {
  @Test(
    arguments: [
      ("", []),
      ("   \t ", []),
      ("# only a comment", []),
      (";; ;", []),
      ("keys", [["keys"]]),
      ("  put  shopping\teggs 3  ", [["put", "shopping", "eggs", "3"]]),
      ("create a; kill registry;buckets", [["create", "a"], ["kill", "registry"], ["buckets"]]),
      ("keys;", [["keys"]]),
      ("keys # and nothing else; get", [["keys"]]),
      ("put a#b c#", [["put", "a#b", "c#"]]),
      ("get;# done", [["get"]]),
      (#"a"b c"d"#, [["ab cd"]]),
      (#"put '' """#, [["put", "", ""]]),
      (##"'a;b' "c#d" e\;f \#g"##, [["a;b", "c#d", "e;f", "#g"]]),
      (#"'it'\''s'"#, [["it's"]]),
      (#"'a\b'"#, [[#"a\b"#]]),
      (#"it\ works"#, [["it works"]]),
      (#"\a\\b"#, [[#"a\b"#]]),
      (#""\"\\\$\`""#, [[#""\$`"#]]),
      (#""\a\'""#, [[#"\a\'"#]]),
      ("kill <0.72.0>", [["kill", "<0.72.0>"]]),
      ("kill #PID<0.72.0> # the pasted form", [["kill", "#PID<0.72.0>"]]),
      ("kill #PID", [["kill"]]),
      ("exit * $HOME >x", [["exit", "*", "$HOME", ">x"]]),
      ("put käse 奶酪 '🧀 x'", [["put", "käse", "奶酪", "🧀 x"]]),
      (#"\é\🧀x"#, [["é🧀x"]]),
      ("put a\u{A0}b", [["put", "a\u{A0}b"]]),
    ] as [(String, [[String]])])
  func `a line becomes the words a POSIX shell would make of it`(
    line: String, expected: [[String]]
  ) throws {
    #expect(try words(line) == expected)
    #expect(try Lexer.lex(Array(line.utf8)) == Lexer.lex(line))
  }

  @Test func `one carriage return at the line's end belongs to the ending`() throws {
    #expect(try words("get eggs\r") == [["get", "eggs"]])
    #expect(try words("\r") == [])
    #expect(try words("get # x\r") == [["get"]])
    #expect(try words("get 'eggs'\r") == [["get", "eggs"]])
    #expect(try words("get eggs\r\r") == [["get", "eggs\r"]])
    #expect(try words("get a\rb") == [["get", "a\rb"]])
  }

  @Test func `a newline in pasted text separates commands and ends a comment`() throws {
    #expect(try words("get a\nget b\r\nget c") == [["get", "a"], ["get", "b"], ["get", "c"]])
    #expect(try words("get a # first\nget b") == [["get", "a"], ["get", "b"]])
    #expect(try words("put a 'x\ny'") == [["put", "a", "x\ny"]])
  }

  @Test func `an escaped newline joins what it separates`() throws {
    #expect(try words("sho\\\npping") == [["shopping"]])
    #expect(try words("\"sho\\\npping\"") == [["shopping"]])
    #expect(try words("put \\\n a") == [["put", "a"]])
  }

  @Test func `a command keeps its source without separators and comments`() throws {
    let commands = try Lexer.lex("  put 'a b'  3 ;\t keys shopping  # why\r")
    #expect(commands.map(\.source) == ["put 'a b'  3", "keys shopping"])
  }

  @Test func `a word keeps its place in the line and whether it was quoted`() throws {
    let command = try #require(try Lexer.lex(#"ü "a b"c d\e f"#).first)
    #expect(
      command.words == [
        Lexer.Word(text: "ü", range: 0..<2),
        Lexer.Word(text: "a bc", range: 3..<9, isQuoted: true),
        Lexer.Word(text: "de", range: 10..<13, isQuoted: true),
        Lexer.Word(text: "f", range: 14..<15),
      ])
  }

  @Test(
    arguments: [
      (#"get "eggs"#, .unbalancedQuote("\"", column: 5)),
      ("get 'eggs", .unbalancedQuote("'", column: 5)),
      ("get eggs'", .unbalancedQuote("'", column: 9)),
      (#"get "it's" 'x"#, .unbalancedQuote("'", column: 12)),
      (#"get "a\""#, .unbalancedQuote("\"", column: 5)),
      ("get 'a\\'b'", .unbalancedQuote("'", column: 10)),
      ("käse; 'x", .unbalancedQuote("'", column: 7)),
      ("get \"eggs\r", .unbalancedQuote("\"", column: 5)),
      (#"get eggs\"#, .trailingBackslash(column: 9)),
      ("get eggs\\\r", .trailingBackslash(column: 9)),
      (#"get "a\"#, .unbalancedQuote("\"", column: 5)),
      ("get a\0b", .nulByte(column: 6)),
      ("\0", .nulByte(column: 1)),
      ("get 'a\0'", .nulByte(column: 7)),
      ("get \"a\\\0\"", .nulByte(column: 8)),
      ("get a\\\0", .nulByte(column: 7)),
      ("get # a\0", .nulByte(column: 8)),
    ] as [(String, LexicalError)])
  func `a line that can't be cut names the culprit and its column`(
    line: String, expected: LexicalError
  ) {
    #expect(throws: expected) { try Lexer.lex(line) }
  }

  @Test(
    arguments: [
      ([0xFF], .invalidUTF8(byte: 0xFF, column: 1)),
      (Array("get ü".utf8) + [0xC3], .invalidUTF8(byte: 0xC3, column: 6)),
      (Array("get ".utf8) + [0x80, 0x61], .invalidUTF8(byte: 0x80, column: 5)),
      (Array("# ".utf8) + [0xED, 0xA0, 0x80], .invalidUTF8(byte: 0xED, column: 3)),
      ([0xC0, 0xAF], .invalidUTF8(byte: 0xC0, column: 1)),
      (Array("a \"".utf8) + [0xF4, 0x90, 0x80, 0x80], .invalidUTF8(byte: 0xF4, column: 4)),
    ] as [([UInt8], LexicalError)])
  func `bytes that are no text are refused, even in a comment`(
    line: [UInt8], expected: LexicalError
  ) {
    #expect(throws: expected) { try Lexer.lex(line) }
  }

  @Test(arguments: [
    (
      LexicalError.unbalancedQuote("'", column: 5),
      "unbalanced quote: the ' at column 5 is never closed. "
        + #"Close it, or write \' for the character itself."#
    ),
    (
      .trailingBackslash(column: 9),
      #"trailing backslash: nothing follows the \ at column 9. "#
        + #"Remove it, or write \\ for the character itself."#
    ),
    (
      .nulByte(column: 6),
      "NUL byte: column 6 holds a character that no name or value can hold. "
        + "Remove it, and check that the input is a text file."
    ),
    (
      .invalidUTF8(byte: 0x0F, column: 1),
      "invalid UTF-8: the byte 0x0f at column 1 is not text. Save the script as UTF-8."
    ),
  ])
  func `an error is a sentence with a next step`(error: LexicalError, sentence: String) {
    #expect(error.description == sentence)
  }

  @Test func `a megabyte is a line like any other`() throws {
    let value = String(repeating: "é\\\"", count: 1 << 18)
    let line = "put a \"" + value + "\""
    #expect(line.utf8.count >= 1 << 20)
    let command = try #require(try Lexer.lex(line).first)
    #expect(command.words[2].text == value.replacing("\\", with: ""))
    #expect(try words(String(repeating: "a;", count: 1 << 16)).count == 1 << 16)
  }
}

@Suite struct QuotingTests {
  @Test(arguments: [
    ("eggs", "eggs"),
    ("brown eggs", "'brown eggs'"),
    ("it's", #""it's""#),
    (#"it's "$5" `x` \"#, #""it's \"\$5\" \`x\` \\""#),
    ("", "''"),
    ("a;b", "'a;b'"),
    ("#a", "'#a'"),
    ("a#b", "a#b"),
    ("#PID<0.1.0>", "#PID<0.1.0>"),
    ("<0.1.0>", "<0.1.0>"),
    (#"a\b"#, #"'a\b'"#),
    ("a\r", "'a\r'"),
    ("käse", "käse"),
    ("$HOME", "'$HOME'"),
  ])
  func `a word is quoted only if it has to be`(word: String, source: String) throws {
    #expect(Lexer.quote(word) == source)
    #expect(try Lexer.lex(source).first?.words.map(\.text) == [word])
  }

  @Test(
    arguments: [
      ("eggs", nil, "eggs"),
      ("brown e", nil, "'brown e"),
      ("", nil, ""),
      ("brown e", "\"", "\"brown e"),
      ("eggs", "'", "'eggs"),
      ("it's", "'", "\"it's"),
      ("$5", "\"", "\"\\$5"),
    ] as [(String, Character?, String)])
  func `the beginning of a word stays open`(prefix: String, open: Character?, source: String) {
    #expect(Lexer.quotePrefix(prefix, openQuote: open) == source)
    #expect(PartialLine(source).partial == prefix)
  }

  @Test func `quoted words come back from the lexer whatever they hold`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("QuotingTests seed: \(seed)")
    var generator = SplitMix64(state: seed)
    let alphabet = Array("ab \t\n\r;#'\"\\$`<>éß奶🧀\u{301}\u{1b}\u{7f}PID\u{200d}")

    for _ in 0..<2000 {
      let original = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
        let length = Int.random(in: 0...8, using: &generator)
        return String((0..<length).map { _ in alphabet.randomElement(using: &generator)! })
      }
      let line = original.map(Lexer.quote).joined(separator: " ")
      let commands = try Lexer.lex(line)
      // Compared by scalars: equal strings may differ in how their characters are composed.
      let back = commands.first?.words.map { Array($0.text.unicodeScalars) }
      #expect(commands.count == 1, "seed \(seed), line \(line.debugDescription)")
      #expect(
        back == original.map { Array($0.unicodeScalars) },
        "seed \(seed), line \(line.debugDescription)")
    }
  }

  @Test func `any bytes at all are either words or an error`() {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("QuotingTests seed: \(seed)")
    var generator = SplitMix64(state: seed)
    let alphabet: [UInt8] = Array("ab ;#'\"\\\r\n\0PID<".utf8) + [0xC3, 0xA9, 0xE2, 0xFF]

    for _ in 0..<5000 {
      let length = Int.random(in: 0...24, using: &generator)
      let line = (0..<length).map { _ in alphabet.randomElement(using: &generator)! }
      guard let commands = try? Lexer.lex(line) else { continue }
      for command in commands {
        #expect(!command.words.isEmpty, "seed \(seed), line \(line)")
        // A command's source means the command, unless dropping the ending changed its end.
        if !command.source.hasSuffix("\r") {
          let again = try? Lexer.lex(command.source)
          #expect(
            again?.map { $0.words.map(\.text) } == [command.words.map(\.text)],
            "seed \(seed), line \(line)")
        }
      }
    }
  }
}

@Suite struct PartialLineTests {
  @Test(
    arguments: [
      ("", [], "", 0, "", nil),
      ("cre", [], "cre", 0, "cre", nil),
      ("put ", ["put"], "", 4, "", nil),
      ("put shop", ["put"], "shop", 4, "shop", nil),
      ("buckets; put sh", ["put"], "sh", 13, "sh", nil),
      ("buckets;", [], "", 8, "", nil),
      (#"put "brown e"#, ["put"], "brown e", 4, #""brown e"#, "\""),
      ("put 'brown e", ["put"], "brown e", 4, "'brown e", "'"),
      ("put '", ["put"], "", 4, "'", "'"),
      (#"put "a"b"#, ["put"], "ab", 4, #""a"b"#, nil),
      (#"put brown\ e"#, ["put"], "brown e", 4, #"brown\ e"#, nil),
      (#"put a\"#, ["put"], "a", 4, #"a\"#, nil),
      (#"put "a b" c"#, ["put", "a b"], "c", 10, "c", nil),
      ("put ü é", ["put", "ü"], "é", 7, "é", nil),
      ("kill #PID<0", ["kill"], "#PID<0", 5, "#PID<0", nil),
    ] as [(String, [String], String, Int, String, Character?)])
  func `a line is read up to the cursor`(
    prefix: String, words: [String], partial: String, start: Int, source: String,
    openQuote: Character?
  ) {
    let line = PartialLine(prefix)
    #expect(line.words.map(\.text) == words)
    #expect(line.partial == partial)
    #expect(line.start == start)
    #expect(line.source == source)
    #expect(line.openQuote == openQuote)
    #expect(!line.isComment)
  }

  @Test func `nothing is completed in a comment`() {
    #expect(PartialLine("put a # sho").isComment)
    #expect(PartialLine("# ").isComment)
    #expect(!PartialLine("# a\nput ").isComment)
    #expect(!PartialLine("put a#").isComment)
  }
}

/// A generator that repeats itself when given the same seed.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
