import Supervision
import Testing

@Suite struct StableDescriptionTests {
  private struct Pair {
    var left: [String: Int]
    var right: Set<Int>?
  }

  private struct Named: CustomStringConvertible {
    var items = [1]
    var description: String { "a name of its own" }
  }

  @Test func `what has no order is shown in one`() {
    let numbers = Dictionary(uniqueKeysWithValues: (10..<20).map { ("k\($0)", $0) })
    let expected = "[" + (10..<20).map { "\"k\($0)\": \($0)" }.joined(separator: ", ") + "]"
    #expect(StableDescription.describe(numbers) == expected)
    #expect(StableDescription.describe(Set(10..<20)) == "\(Array(10..<20))")
    #expect(StableDescription.describe([String: Int]()) == "[:]")
  }

  @Test func `it is so at any depth`() {
    let pair = Pair(left: ["b": 2, "a": 1], right: [3, 1, 2])
    #expect(
      StableDescription.describe([pair])
        == #"[Pair(left: ["a": 1, "b": 2], right: [1, 2, 3])]"#)
    #expect(StableDescription.describe((1, ["b": 2, "a": 1])) == #"(1, ["a": 1, "b": 2])"#)
  }

  @Test func `all else is as Swift has it`() {
    #expect(StableDescription.describe("text") == "text")
    #expect(StableDescription.describe(["text"]) == #"["text"]"#)
    #expect(StableDescription.describe(3) == "3")
    #expect(StableDescription.describe(nil as Int? as Any) == "nil")
    #expect(StableDescription.describe(Named()) == "a name of its own")
  }
}
