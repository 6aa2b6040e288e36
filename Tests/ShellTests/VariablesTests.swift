import Testing

@testable import Shell

@Suite struct VariablesTests {
  private func expand(_ line: String) throws -> [String] {
    var variables = Variables()
    variables["b"] = "<0.9.0>"
    variables["two_words"] = "a b"
    variables["a1"] = "$b"
    return try Lexer.lex(line).flatMap { try variables.expand($0.words) }
  }

  @Test(
    arguments: [
      ("put $b eggs", ["put", "<0.9.0>", "eggs"]),
      ("x$b", ["x<0.9.0>"]),
      ("${b}x", ["<0.9.0>x"]),
      ("$b$b", ["<0.9.0><0.9.0>"]),
      ("\"$b and ${b}\"", ["<0.9.0> and <0.9.0>"]),
      ("'$b'", ["$b"]),
      ("\\$b", ["$b"]),
      ("\"\\$b\"", ["$b"]),
      ("a\"b c\"$b", ["ab c<0.9.0>"]),
      ("é$b", ["é<0.9.0>"]),
      // A value is one word, and is not looked at again.
      ("$two_words", ["a b"]),
      ("$a1", ["$b"]),
      // Nothing that could be a name follows.
      ("$ $3 a$ $< ${}", ["$", "$3", "a$", "$<", "${}"]),
    ])
  func `a reference is replaced by its value`(_ line: String, _ words: [String]) throws {
    #expect(try expand(line) == words)
  }

  @Test(arguments: ["$c", "${c}", "\"$c\""])
  func `a variable that nobody has set is an error that names it`(_ line: String) {
    #expect {
      try expand(line)
    } throws: { error in
      (error as? CommandError)?.code == "unknown_variable" && "\(error)".contains("`set c COMMAND`")
    }
  }

  @Test func `an open brace is an error`() {
    #expect(throws: CommandError.self) { try expand("${b") }
    #expect(throws: CommandError.self) { try expand("${b c}") }
  }

  @Test(arguments: ["$b", "${b}", "a$b", "'", "$", "\\"])
  func `a quoted word refers to nothing`(_ word: String) throws {
    #expect(try expand(Lexer.quote(word)) == [word])
  }
}
