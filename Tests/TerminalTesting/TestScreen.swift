/// A terminal's screen, as far as libedit and we make use of one.
///
/// Tests compare what a user would see with what they expect, not control sequences, of which many
/// orders paint the same picture.
package struct TestScreen {
  package private(set) var columns: Int
  package let rows: Int
  /// Rows that have left the screen at its top, then the screen. Behind a wide character stands
  /// `filler`, in the column that it covers, too.
  private var lines: [[Character]]
  private var row = 0  // Within the screen.
  private var column = 0
  private static let filler: Character = "\0"
  private var wrapsNext = false
  private var pending = ""

  package init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    lines = Array(repeating: [], count: rows)
  }

  /// All rows from the very first, without blanks at their ends and without empty rows at the end.
  package var text: [String] { lastRows(lines.count) }

  /// How many rows there are, from the very first.
  package var rowCount: Int { lines.count }

  /// The last of these rows, at most `count`.
  package func lastRows(_ count: Int) -> [String] {
    let used = lines.lastIndex { $0.contains { $0 != " " } }.map { $0 + 1 } ?? 0
    return lines[max(0, used - count)..<used].map { line in
      var line = String(line.filter { $0 != Self.filler })
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// The row of the cursor, an index into `text`, and its column.
  package var cursor: (row: Int, column: Int) { (lines.count - rows + row, column) }

  /// Becomes narrower, as modern terminals do: what no longer fits moves to the next row. The cursor
  /// is taken to be on the last row that is not empty.
  package mutating func wrap(columns: Int) {
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

  package mutating func feed(_ new: String) {
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
    let index = cursor.row
    // A mark that combines with the character before it.
    if let mark = character.unicodeScalars.first, mark.properties.isGraphemeExtend {
      let before = wrapsNext ? column : column - 1
      if lines[index].indices.contains(before) {
        lines[index][before] = Character(String(lines[index][before]) + String(character))
      }
      return
    }
    let width = Self.width(character)
    if wrapsNext || column + width > columns {
      newline()
      column = 0
      wrapsNext = false
    }
    place(character)
    if width == 2 { place(Self.filler) }
  }

  private mutating func place(_ character: Character) {
    let index = cursor.row
    while lines[index].count <= column { lines[index].append(" ") }
    lines[index][column] = character
    if column == columns - 1 { wrapsNext = true } else { column += 1 }
  }

  /// Of the characters that tests type.
  private static func width(_ character: Character) -> Int {
    switch character.unicodeScalars.first?.value ?? 0 {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFF01...0xFF60,
      0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }
}
