/// Named values of a session: what `set` keeps and `$name` stands for.
///
///     variables["b"] = "<0.9.0>"
///     try variables.expand(words)   // put $b eggs 3  →  put <0.9.0> eggs 3
package struct Variables: Sendable {
  private var values: [String: String] = [:]

  package init() {}

  package subscript(name: String) -> String? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// In the order of their names.
  package var all: [(name: String, value: String)] {
    values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Whether `$text` would refer to a variable of that name.
  package static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first.startsName else { return false }
    return text.utf8.allSatisfy(\.continuesName)
  }

  /// The words with the values of the variables they refer to.
  ///
  /// - Throws: `unknown_variable` for one that has no value: half a command is seldom what was meant.
  package func expand(_ words: [Lexer.Word]) throws(CommandError) -> [String] {
    var expanded: [String] = []
    expanded.reserveCapacity(words.count)
    for word in words {
      expanded.append(word.references.isEmpty ? word.text : try expand(word))
    }
    return expanded
  }

  private func expand(_ word: Lexer.Word) throws(CommandError) -> String {
    let bytes = Array(word.text.utf8)
    var result: [UInt8] = []
    var position = 0
    for start in word.references {
      result += bytes[position..<start]
      let isBraced = bytes[start + 1] == .leftBrace
      let nameStart = start + (isBraced ? 2 : 1)
      let end = bytes[nameStart...].firstIndex { !$0.continuesName } ?? bytes.endIndex
      let name = String(decoding: bytes[nameStart..<end], as: UTF8.self)
      if isBraced, end == bytes.endIndex || bytes[end] != .rightBrace {
        throw .usage("`${\(name)` is never closed: write ${\(name)}, or \\$ for the character.")
      }
      guard let value = values[name] else { throw unknown(name) }
      result += value.utf8
      position = isBraced ? end + 1 : end
    }
    result += bytes[position...]
    return String(decoding: result, as: UTF8.self)
  }

  private func unknown(_ name: String) -> CommandError {
    let hint =
      Suggestion.best(for: name, among: values.keys).map { "did you mean `$\($0)`? " } ?? ""
    return CommandError(
      "unknown_variable",
      "no variable is called \(name.shown): \(hint)`set \(name.shown) COMMAND` makes one; write \\$ "
        + "for the character itself.")
  }
}
