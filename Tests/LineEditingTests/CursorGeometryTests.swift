import Testing

@testable import LineEditing

@Suite struct CursorGeometryTests {
  init() { #expect(CharacterSet.isUnicode) }

  struct Row: Sendable, CustomTestStringConvertible {
    var prompt = "kv> "
    var line: String
    var cursor: Int?
    var columns = 10
    var at: (row: Int, column: Int)
    var rows: Int
    var testDescription: String { "\(prompt)\(line) |\(cursor ?? -1) in \(columns)" }
  }

  @Test(arguments: [
    Row(line: "", at: (0, 4), rows: 1),
    Row(line: "get", at: (0, 7), rows: 1),
    Row(line: "get", cursor: 1, at: (0, 5), rows: 1),
    // A full row moves on at once.
    Row(line: "123456", at: (1, 0), rows: 2),
    Row(line: "123456", cursor: 5, at: (0, 9), rows: 2),
    Row(line: "1234567", cursor: 6, at: (1, 0), rows: 2),
    Row(line: "1234567890123456", at: (2, 0), rows: 3),
    // A wide character that doesn't fit leaves a column blank, also under the cursor.
    Row(line: "日本", at: (0, 8), rows: 1),
    Row(line: "12345日", at: (1, 2), rows: 2),
    Row(line: "12345日", cursor: 5, at: (1, 0), rows: 2),
    Row(line: "1234日", at: (1, 0), rows: 2),
    // A tab runs to a multiple of 8 or the end of the row.
    Row(line: "\t", at: (0, 8), rows: 1),
    Row(line: "\t\t", at: (1, 0), rows: 2),
    Row(line: "12\tx", columns: 20, at: (0, 9), rows: 1),
    // A newline begins a row, a control character takes two columns, an unprintable one seven.
    Row(line: "a\nb", at: (1, 1), rows: 2),
    Row(line: "a\nb", cursor: 1, at: (0, 5), rows: 2),
    Row(line: "123456\nb", at: (2, 1), rows: 3),
    Row(line: "\u{3}", at: (0, 6), rows: 1),
    Row(line: "12345\u{3}", at: (1, 1), rows: 2),
    Row(line: "\u{FFFE}\u{1FFFE}", columns: 30, at: (0, 19), rows: 1),
    // A combining character has no width.
    Row(line: "e\u{301}x", at: (0, 6), rows: 1),
    // The prompt counts too, and wraps.
    Row(prompt: "", line: "", at: (0, 0), rows: 1),
    Row(prompt: "a long prompt> ", line: "x", at: (1, 6), rows: 2),
  ])
  func `the cursor stands where libedit puts it`(row: Row) {
    let geometry = CursorGeometry(
      prompt: row.prompt, line: row.line, cursor: row.cursor ?? row.line.unicodeScalars.count,
      columns: row.columns)
    #expect(geometry.cursor == .init(row: row.at.row, column: row.at.column))
    #expect(geometry.rows == row.rows)
  }

  @Test func `no text and no width makes it fail`() {
    for columns in 0...5 {
      _ = CursorGeometry(prompt: "日\t日", line: "日\t\u{3}\n日", cursor: 99, columns: columns)
    }
  }
}
