internal import CLibedit

/// Where on the screen a prompt and the line behind it put the cursor.
///
/// libedit knows, but tells only the column. To print above the line being edited we need the row,
/// so this replays the rules by which libedit (its `re_addc` and `re_putc`) wraps text:
///
/// - A character that fills the last column moves on to the next row at once.
/// - A wide character that does not fit into the last column leaves it blank.
/// - A tab runs to the next multiple of 8 or to the end of the row.
/// - A newline begins a row; another control character is shown as `^X`, and a character that can't
///   be printed as `\U+XXXX`.
///
/// ```swift
/// let geometry = CursorGeometry(prompt: "kv> ", line: "get eggs", cursor: 8, columns: 10)
/// geometry.cursor  // row 1, column 2
/// geometry.rows    // 2
/// ```
struct CursorGeometry: Sendable, Equatable {
  struct Position: Sendable, Equatable {
    var row = 0
    var column = 0
  }

  /// Where the cursor stands.
  private(set) var cursor = Position()
  /// Where the text ends.
  private(set) var end = Position()
  /// How many rows prompt and line occupy, the one behind a full last row included.
  var rows: Int { end.row + 1 }

  /// - Parameters:
  ///   - cursor: The offset in `line`, in scalars, of the character under the cursor.
  ///   - columns: The terminal's width, at least 2.
  init(
    prompt: some Sequence<Unicode.Scalar>, line: some Sequence<Unicode.Scalar>, cursor: Int,
    columns: Int
  ) {
    let columns = max(columns, 2)
    var position = Position()
    for scalar in prompt { position.put(Self.width(of: scalar), columns: columns) }
    var cursorPosition: Position?
    var offset = 0
    for scalar in line {
      if offset == cursor {
        cursorPosition = position
        // The cursor stands on a wide character, which may not fit into this row.
        if scalar != "\t", Self.width(of: scalar) > 1,
          position.column + Self.width(of: scalar) > columns
        {
          cursorPosition = Position(row: position.row + 1, column: 0)
        }
      }
      position.add(scalar, columns: columns)
      offset += 1
    }
    self.cursor = cursorPosition ?? position
    self.end = position
  }

  init(prompt: String, line: String, cursor: Int, columns: Int) {
    self.init(
      prompt: prompt.unicodeScalars, line: line.unicodeScalars, cursor: cursor, columns: columns)
  }

  /// Columns that the scalar occupies where nothing is replaced: 0 for what can't be printed.
  /// The C library's answer, because libedit asks it too.
  static func width(of scalar: Unicode.Scalar) -> Int {
    max(0, Int(editline_width(wchar_t(scalar.value))))
  }

  /// Columns that the text occupies on one row.
  static func width(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
  }
}

extension CursorGeometry.Position {
  /// A character of the line, expanded as libedit shows it.
  fileprivate mutating func add(_ scalar: Unicode.Scalar, columns: Int) {
    let character = wchar_t(scalar.value)
    switch scalar {
    case "\t":
      repeat { put(1, columns: columns) } while column % 8 != 0
    case "\n":
      row += 1
      column = 0
    case _ where scalar.value < 0x100 && editline_is_control(character) != 0:
      for _ in 0..<2 { put(1, columns: columns) }
    case _ where editline_is_printable(character) != 0:
      put(CursorGeometry.width(of: scalar), columns: columns)
    default:
      for _ in 0..<(scalar.value > 0xFFFF ? 8 : 7) { put(1, columns: columns) }
    }
  }

  /// A character of that many columns.
  fileprivate mutating func put(_ width: Int, columns: Int) {
    if column + width > columns {
      row += 1
      column = 0
    }
    column += width
    if column >= columns {
      row += 1
      column = 0
    }
  }
}
