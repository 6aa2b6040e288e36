import Testing

@testable import LineEditing

struct TerminalTextTests {
  static let escape = "\u{1B}"
  static let tooLong = String(repeating: "1", count: 40)

  @Test(arguments: [
    ("plain\ntwo lines\n", "plain\ntwo lines\n"),
    ("čaj 日本 👩‍🚀", "čaj 日本 👩‍🚀"),
    ("a\tb", "a b"),
    ("a\r\nb\r", "a\nb"),
    ("bell\u{7} null\u{0} delete\u{7F} next\u{85}", "bell null delete next"),
    ("\(escape)[31mred\(escape)[0m", "\(escape)[31mred\(escape)[0m"),
    ("\(escape)[1;38;5;208mx\(escape)[m", "\(escape)[1;38;5;208mx\(escape)[m"),
    ("\(escape)[31mleft on", "\(escape)[31mleft on\(escape)[0m"),
    ("\(escape)[2Jcleared?", "[2Jcleared?"),
    ("\(escape)]0;title\u{7}", "]0;title"),
    ("\u{9B}31m", "31m"),
    ("\(escape)[", "["),
    ("\(escape)", ""),
    ("\(escape)[\(tooLong)m", "[\(tooLong)m"),
  ])
  func `only newlines and colours pass`(raw: String, safe: String) {
    #expect(TerminalText.safe(raw) == safe)
  }

  @Test func `a terminal without colours gets none`() {
    #expect(TerminalText.safe("\u{1B}[31mred\u{1B}[0m\n", coloured: false) == "red\n")
  }

  @Test func `plain text has neither newlines nor colours`() {
    #expect(TerminalText.plain("a\u{1B}[31mb\nc\u{7}") == "abc")
  }
}

struct PromptTests {
  static func shown(_ prompt: Prompt) -> String {
    String(String.UnicodeScalarView(prompt.scalars))
      .split(separator: "\u{1}", omittingEmptySubsequences: false).joined(separator: "|")
  }

  @Test(arguments: [
    ("kv> ", "kv> "),
    ("\u{1B}[32mkv\u{1B}[0m> ", "|\u{1B}[32m|kv|\u{1B}[0m|> "),
    // Neighbours are joined, since libedit loses the first of two.
    ("\u{1B}[1m\u{1B}[32mkv\u{1B}[0m>", "|\u{1B}[1m\u{1B}[32m|kv|\u{1B}[0m|>"),
    // Colours at the end move before the last character, since libedit loses them there.
    ("\u{1B}[32mkv> \u{1B}[0m", "|\u{1B}[32m|kv>|\u{1B}[0m| "),
    ("\u{1B}[32m>\u{1B}[0m", "|\u{1B}[32m\u{1B}[0m|>"),
    ("kv\u{7}\u{1}> ", "kv> "),
    ("\u{1B}[32m", ""),
  ])
  func `colours are bracketed for libedit`(text: String, expected: String) {
    #expect(Self.shown(Prompt(text)) == expected)
  }

  @Test func `only the last line is libedit's`() {
    let prompt = Prompt("one\ntwo\n> ")
    #expect(prompt.preface == "one\ntwo\n")
    #expect(prompt.visible == Array("> ".unicodeScalars))
  }
}
