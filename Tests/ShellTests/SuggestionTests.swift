import Testing

@testable import Shell

private let commands = [
  "create", "put", "get", "delete", "keys", "buckets", "use", "lookup", "start-child", "crash",
  "kill", "stop", "exit", "tree", "ps", "info", "count", "children", "events", "help",
  "history", "quit", "start",
]

@Suite struct SuggestionTests {
  @Test(
    arguments: [
      ("craete", "create"),  // swapped
      ("creat", "create"),  // one missing
      ("ccreate", "create"),  // one too many
      ("delate", "delete"),  // one replaced
      ("pt", "put"),
      ("gte", "get"),
      ("Keys", "keys"),
      ("BUCKETS", "buckets"),
      ("bukcet", "buckets"),
      ("startchild", "start-child"),
      ("hisotry", "history"),
      ("del", "delete"),  // only begun
      ("child", "children"),
      ("x", nil),
      ("zz", nil),
      ("banana", nil),
      ("put-everything", nil),
      ("", nil),
      ("🧀", nil),
    ] as [(String, String?)])
  func `a mistyped word finds the nearest command`(word: String, expected: String?) {
    #expect(Suggestion.best(for: word, among: commands) == expected)
    #expect(Suggestion.best(for: word, among: commands.reversed()) == expected)
  }

  @Test func `of equally near words the one that starts alike wins, then the alphabet`() {
    #expect(Suggestion.best(for: "bat", among: ["cat", "bet"]) == "bet")
    #expect(Suggestion.best(for: "bat", among: ["bit", "bet"]) == "bet")
    #expect(Suggestion.best(for: "sh", among: ["shopping", "sherry"]) == "sherry")
  }

  @Test func `a word is never suggested for itself`() {
    #expect(Suggestion.best(for: "put", among: ["put"]) == nil)
  }

  @Test func `a megabyte finds nothing`() {
    let word = String(repeating: "a", count: 1 << 20)
    #expect(Suggestion.best(for: word, among: commands) == nil)
    #expect(Suggestion.best(for: "put", among: [word, "pu"]) == "pu")
  }

  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1),
    ("kitten", "sitting", 3), ("ca", "abc", 3),
  ])
  func `the distance counts insertions, removals, replacements and swaps`(
    a: String, b: String, expected: Int
  ) {
    #expect(Suggestion.distance(Array(a.unicodeScalars), Array(b.unicodeScalars)) == expected)
  }
}
