import Foundation
import Testing

@testable import Shell

@Suite struct JSONTests {
  @Test(
    arguments: [
      (nil, "null"),
      (true, "true"),
      (false, "false"),
      (0, "0"),
      (.integer(.min), "-9223372036854775808"),
      (.integer(.max), "9223372036854775807"),
      (0.1, "0.1"),
      (3.0, "3.0"),
      (1e300, "1e+300"),
      (.number(.leastNonzeroMagnitude), "5e-324"),
      (.number(.infinity), "null"),
      (.number(.nan), "null"),
      ("", #""""#),
      ("eggs", #""eggs""#),
      ([], "[]"),
      ([1, "a", nil], #"[1,"a",null]"#),
      ([:], "{}"),
      (["z": 1, "a": [true], "m": ["x": nil]], #"{"z":1,"a":[true],"m":{"x":null}}"#),
      (["a\"b": 1], #"{"a\"b":1}"#),
    ] as [(JSONValue, String)])
  func `a value is written on one line, members in their order`(value: JSONValue, text: String) {
    #expect(value.description == text)
    var appended = "> "
    value.write(to: &appended)
    #expect(appended == "> " + text)
  }

  @Test(arguments: [
    ("say \"hi\"", #"say \"hi\""#),
    (#"a\b/c"#, #"a\\b/c"#),
    ("\u{8}\t\n\u{c}\r", #"\b\t\n\f\r"#),
    ("\0\u{1}\u{1b}\u{1f}", #"\u0000\u0001\u001b\u001f"#),
    ("\u{7f}", #"\u007f"#),
    ("a\u{80}b\u{9f}c", #"a\u0080b\u009fc"#),
    ("\u{a0}¢é¿ß", "\u{a0}¢é¿ß"),
    ("奶酪 🧀 \u{2028}", "奶酪 🧀 \u{2028}"),
  ])
  func `a string's controls are escaped and nothing else is`(text: String, escaped: String) {
    #expect(JSONValue.string(text).description == "\"\(escaped)\"")
  }

  @Test func `another reader of JSON gets every string back`() throws {
    var text = ""
    for value in UInt32(0)...0x2FFF {
      text.unicodeScalars.append(try #require(Unicode.Scalar(value)))
    }
    text += "🧀\u{10FFFF}"
    let line = JSONValue.array([.string(text)]).description
    let back = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String]
    #expect(back?.first.map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
  }

  @Test func `objects are equal only in the same order`() {
    #expect(JSONValue.object([("a", 1), ("b", 2)]) == ["a": 1, "b": 2])
    #expect(JSONValue.object([("b", 2), ("a", 1)]) != ["a": 1, "b": 2])
    #expect(JSONValue.integer(1) != .number(1))
    #expect([1, [nil]] as JSONValue == .array([.integer(1), .array([.null])]))
  }

  @Test func `a missing text or number is null`() {
    #expect(JSONValue.string(orNull: nil) == .null)
    #expect(JSONValue.string(orNull: "a") == "a")
    #expect(JSONValue.integer(orNull: nil as Int?) == .null)
    #expect(JSONValue.integer(orNull: 15) == 15)
  }
}
