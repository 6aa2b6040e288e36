import Testing

@testable import LineEditing

struct CompletionTests {
  static func candidates(_ texts: String..., start: Int = 0) -> [Completion] {
    texts.map { Completion(text: $0, start: start) }
  }

  static func action(_ candidates: [Completion], _ line: String, cursor: Int? = nil)
    -> CompletionAction
  {
    CompletionAction(candidates, line: line, cursor: cursor ?? line.count)
  }

  @Test(arguments: [
    ([], ""), (["get"], "get"), (["get", "gets"], "get"), (["create", "crash"], "cr"),
    (["a", "b"], ""), (["čaj", "čas"], "ča"), (["e\u{301}", "e"], ""), (["", "x"], ""),
  ])
  func `the longest common prefix ends at a character`(texts: [String], prefix: String) {
    #expect(CompletionAction.longestCommonPrefix(texts) == prefix)
  }

  @Test func `nothing matches: beep`() {
    #expect(Self.action([], "x") == .beep)
  }

  @Test func `one candidate replaces the word and adds a space`() {
    #expect(Self.action(Self.candidates("get", start: 0), "g") == .insert("get ", deleting: 1))
    let eggs = Self.candidates("eggs", start: 4)
    #expect(Self.action(eggs, "get e") == .insert("eggs ", deleting: 1))
  }

  @Test func `no second space is added before a space`() {
    #expect(Self.action(Self.candidates("get"), "g eggs", cursor: 1) == .insert("get", deleting: 1))
  }

  @Test func `a candidate may go without the space`() {
    let candidate = Completion(text: "path/", start: 0, appendsSpace: false)
    #expect(Self.action([candidate], "p") == .insert("path/", deleting: 1))
    #expect(Self.action([candidate], "path/") == .beep)
  }

  @Test func `several candidates: first what they share, then the list`() {
    let both = Self.candidates("create", "crash")
    #expect(Self.action(both, "c") == .insert("cr", deleting: 1))
    #expect(Self.action(both, "cr") == .list(both))
    #expect(Self.action(both, "") == .insert("cr", deleting: 0))
  }

  @Test func `what was typed is never shortened`() {
    let both = Self.candidates("Get", "Give")
    #expect(Self.action(both, "gi") == .list(both))
  }

  @Test func `offsets count characters, deletions count scalars`() {
    let candidates = Self.candidates("e\u{301}ggs", start: 4)
    #expect(Self.action(candidates, "ge\u{301}t e\u{301}") == .insert("e\u{301}ggs ", deleting: 2))
  }

  @Test func `a completer's mistakes do no harm`() {
    let (after, before) = (Self.candidates("x", start: 99), Self.candidates("x", start: -1))
    #expect(Self.action(after, "ab") == .insert("x ", deleting: 0))
    #expect(Self.action(before, "ab", cursor: 99) == .insert("x ", deleting: 2))
    #expect(Self.action(Self.candidates("a\u{1B}[2J\n"), "") == .insert("a[2J ", deleting: 0))
  }

  @Test func `words stand in columns, read downwards`() {
    let words = Self.candidates("a1", "a2", "a3", "a4", "a5")
    #expect(CompletionList.lines(for: words, columns: 12, limit: 9) == ["a1  a3  a5", "a2  a4"])
    #expect(CompletionList.lines(for: words, columns: 80, limit: 9) == ["a1  a2  a3  a4  a5"])
    #expect(CompletionList.lines(for: words, columns: 1, limit: 9).count == 5)
  }

  @Test func `descriptions give each candidate a line`() {
    let described = [
      Completion(text: "get", start: 0, description: "read a value"),
      Completion(text: "delete", start: 0, description: "remove a key"),
      Completion(text: "x", start: 0),
    ]
    #expect(
      CompletionList.lines(for: described, columns: 40, limit: 9)
        == ["get     read a value", "delete  remove a key", "x"])
    #expect(
      CompletionList.lines(for: described, columns: 16, limit: 9).first == "get     read a…")
  }

  @Test func `a list never exceeds its limit and says what is missing`() {
    let words = (1...100).map { Completion(text: "word\($0)", start: 0) }
    let lines = CompletionList.lines(for: words, columns: 20, limit: 5)
    #expect(lines.count <= 5)
    #expect(lines.last == "… 92 more")
    let described = words.map { Completion(text: $0.text, start: 0, description: "d") }
    #expect(CompletionList.lines(for: described, columns: 20, limit: 5).last == "… 96 more")
    #expect(CompletionList.lines(for: words, columns: 20, limit: 0) == ["… 100 more"])
  }
}
