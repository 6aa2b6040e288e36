/// The part of the screen that prompt and line occupy, and how to print above it.
///
/// libedit draws the line; this removes it, prints, and has it drawn again. It differs from
/// `CursorGeometry`, which says where things stand, in that it writes to the terminal.
///
/// Invariant: between two calls, while a line is edited, the screen shows what `editline.line` holds.
final class LineDisplay {
  private let editline: Editline
  private var prompt = Prompt("")

  init(editline: Editline) { self.editline = editline }

  /// Prepares for a line, in an empty row.
  func begin(_ prompt: Prompt) {
    self.prompt = prompt
    print(prompt.preface)
    editline.setPrompt(prompt)
  }

  private func geometry(columns: Int) -> CursorGeometry {
    let (scalars, cursor) = editline.line
    return CursorGeometry(prompt: prompt.visible, line: scalars, cursor: cursor, columns: columns)
  }

  /// Rows above prompt and line. When there are none, the beginning of the line may have left the
  /// screen, nobody knows where the cursor is, and nothing can be printed above.
  var freeRows: Int {
    let size = editline.size
    return max(0, size.lines - geometry(columns: size.columns).rows)
  }
  var fitsScreen: Bool { freeRows > 0 }

  /// Prints whole lines above the line, which is then drawn again with its cursor.
  func printAbove(_ texts: [String]) {
    erase(geometry(columns: editline.size.columns))
    for text in texts { print(text) }
    editline.refresh()
  }

  /// The terminal has a new size: draws the line for it.
  ///
  /// - Parameter columns: The new width, if the terminal tells.
  func resize(columns: Int?) {
    // Terminals wrap the text on the screen anew, so the cursor's row is that of the new width. Not
    // on all of them, and not where libedit drew row by row instead of wrapping: then a piece of the
    // old line stays behind. Going up further could erase what others have printed, which is worse.
    erase(geometry(columns: columns ?? editline.size.columns))
    editline.resize()
    editline.refresh()
  }

  /// Moves the cursor behind prompt and line, which stay as they are, and on to the next row.
  func leaveLine(mark: String) {
    let geometry = geometry(columns: editline.size.columns)
    let (down, column) = (geometry.end.row - geometry.cursor.row, geometry.end.column)
    if editline.canRedraw {
      if down > 0 { editline.write("\u{1B}[\(down)B") }
      editline.write("\r" + (column > 0 ? "\u{1B}[\(column)C" : ""))
    }
    print(mark + "\n")
    editline.flush()
  }

  /// Removes prompt and line, leaving the cursor in column 0 of an empty area.
  private func erase(_ geometry: CursorGeometry) {
    guard editline.canRedraw else {
      // What stands there can't be removed. The line goes on below.
      print("\n")
      return
    }
    let row = geometry.cursor.row
    editline.write((row > 0 ? "\u{1B}[\(row)A" : "") + "\r\u{1B}[J")
  }

  /// Prints text at the cursor. A carriage return before each newline is right whether or not the
  /// terminal adds its own.
  func print(_ text: String) {
    var rest = Substring(text)
    while let newline = rest.utf8.firstIndex(of: 0x0A) {
      editline.write(rest[..<newline] + "\r\n")
      rest = rest[rest.utf8.index(after: newline)...]
    }
    editline.write(String(rest))
  }
}
