/// A text at the bottom of the screen that is drawn over itself: what `watch` shows.
///
/// It differs from the line being edited, which `LineDisplay` draws, in that nobody types in it and that
/// libedit knows nothing of it. This says what to print and what to erase, and prints nothing itself.
///
/// ```swift
/// var panel = Panel()
/// panel.draw("1 bucket\n", columns: 80, rows: 24)  // "1 bucket\n"
/// panel.erase(columns: 80)                         // one row up, and what is below goes
/// ```
///
/// Invariant: while `lines` isn't empty, the screen ends with them and the cursor is at the beginning of
/// the row below.
struct Panel: Sendable {
  private var lines: [String] = []

  /// What removes the panel from a terminal that is `columns` wide now, and may have been wider.
  mutating func erase(columns: Int) -> String {
    let rows = lines.reduce(0) { $0 + Self.rows(of: $1, columns: columns) }
    lines = []
    return rows == 0 ? "" : "\u{1B}[\(rows)A\r\u{1B}[J"
  }

  /// The text in its place, cut so that it leaves a row of the screen free for the cursor: what has left
  /// the screen at its top can't be drawn over.
  mutating func draw(_ text: String, columns: Int, rows: Int) -> String {
    var all = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if all.last == "" { all.removeLast() }
    lines = []
    var free = max(1, rows - 1)
    for (index, line) in all.enumerated() {
      let needed = Self.rows(of: line, columns: columns)
      let isLast = index == all.count - 1
      guard needed + (isLast ? 0 : 1) <= free else {
        lines.append("… \(all.count - index) more")
        break
      }
      lines.append(line)
      free -= needed
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// From now on the panel is text like any other.
  mutating func leave() { lines = [] }

  /// How many rows a terminal of that width gives the line. Unlike libedit it stays in a row that is full.
  static func rows(of line: String, columns: Int) -> Int {
    let columns = max(columns, 2)
    var (rows, column) = (1, 0)
    for scalar in TerminalText.plain(line).unicodeScalars {
      let width = CursorGeometry.width(of: scalar)
      if column + width > columns { (rows, column) = (rows + 1, 0) }
      column += width
    }
    return rows
  }
}
