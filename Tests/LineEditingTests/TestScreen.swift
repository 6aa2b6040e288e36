/// A terminal's screen, as far as libedit and we make use of one.
///
/// Tests compare what a user would see with what they expect, not control sequences, of which many
/// orders paint the same picture.
struct TestScreen {
  private(set) var columns: Int
  let rows: Int
  /// Rows that have left the screen at its top, then the screen.
  private(set) var lines: [[Character]]
  private(set) var row = 0  // Within the screen.
  private(set) var column = 0
  private var wrapsNext = false
  private var pending = ""

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    lines = Array(repeating: [], count: rows)
  }

  /// All rows from the very first, without blanks at their ends and without empty rows at the end.
  var text: [String] {
    var text = lines.map { line in
      var line = String(line)
      while line.last == " " { line.removeLast() }
      return line
    }
    while text.last == "" { text.removeLast() }
    return text
  }

  /// The row of the cursor, an index into `text`, and its column.
  var cursor: (row: Int, column: Int) { (lines.count - rows + row, column) }

  /// Becomes narrower, as modern terminals do: what no longer fits moves to the next row. The cursor
  /// is taken to be on the last row that is not empty.
  mutating func wrap(columns: Int) {
    self.columns = columns
    var used = lines.prefix(cursor.row + 1).flatMap { line in
      stride(from: 0, to: max(line.count, 1), by: columns).map {
        Array(line[$0...].prefix(columns))
      }
    }
    row = used.count - 1
    column %= columns
    while used.count < rows { used.append([]) }
    row -= used.count - rows
    lines = used
  }

  mutating func feed(_ new: String) {
    var input = Substring(pending + new)
    pending = ""
    while let character = input.first {
      if character == "\u{1B}" {
        guard let end = Self.end(of: input) else {
          pending = String(input)
          return
        }
        control(String(input[..<end]))
        input = input[end...]
        continue
      }
      input.removeFirst()
      // Swift sees "\r\n" as one character.
      for scalar in character.unicodeScalars where scalar.value < 0x20 { control(scalar) }
      if character.unicodeScalars.allSatisfy({ $0.value >= 0x20 }) { put(character) }
    }
  }

  private static func end(of input: Substring) -> Substring.Index? {
    let body = input.dropFirst()
    guard let kind = body.first else { return nil }
    guard kind == "[" else { return body.index(after: body.startIndex) }
    return body.dropFirst().firstIndex { ("@"..."~").contains($0) }.map { input.index(after: $0) }
  }

  private mutating func control(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\r": column = 0
    case "\n": newline()
    case "\u{8}": column = max(0, column - 1)
    default: return
    }
    wrapsNext = false
  }

  private mutating func newline() {
    if row == rows - 1 { lines.append([]) } else { row += 1 }
  }

  private mutating func control(_ sequence: String) {
    guard sequence.dropFirst().first == "[", let final = sequence.last else { return }
    let parameters = sequence.dropFirst(2).dropLast()
    let count = max(1, Int(parameters) ?? 1)
    let index = cursor.row
    wrapsNext = false
    switch final {
    case "A": row = max(0, row - count)
    case "B": row = min(rows - 1, row + count)
    case "C": column = min(columns - 1, column + count)
    case "D": column = max(0, column - count)
    case "G": column = min(columns, count) - 1
    case "H": (row, column) = (0, 0)
    case "J":
      lines[index] = Array(lines[index].prefix(column))
      for below in (index + 1)..<max(index + 1, lines.count) { lines[below] = [] }
    case "K": lines[index] = Array(lines[index].prefix(column))
    case "P": lines[index].removeSubrange(clamp(column)..<clamp(column + count))
    case "@":
      lines[index].insert(contentsOf: Array(repeating: " ", count: count), at: clamp(column))
      lines[index] = Array(lines[index].prefix(columns))
    default: break  // Colours, modes.
    }
  }

  private func clamp(_ column: Int) -> Int { min(column, lines[cursor.row].count) }

  private mutating func put(_ character: Character) {
    if wrapsNext {
      newline()
      column = 0
      wrapsNext = false
    }
    let index = cursor.row
    while lines[index].count <= column { lines[index].append(" ") }
    lines[index][column] = character
    if column == columns - 1 { wrapsNext = true } else { column += 1 }
  }
}
