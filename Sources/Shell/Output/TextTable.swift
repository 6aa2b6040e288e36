/// Rows of text in columns, as `ps`, `children` and `count` print them.
///
///     var table = TextTable([.left("NAME"), .right("QUEUE"), .left("STATE")])
///     table.append(["KV.Registry", "0", "waiting"])
///     table.append(["shopping", "12", ""])
///     table.render()
///     // NAME         QUEUE  STATE
///     // KV.Registry      0  waiting
///     // shopping        12
///
/// A column is as wide as its widest cell, by what a terminal shows rather than by characters.
/// Two spaces separate columns; no line ends in spaces, so output compares well. Cells are
/// sanitized here, since a newline in a name would break the table and its reader's trust.
///
/// With a limit, the widest left-aligned column gives way, again and again, until the table fits
/// or each of them is down to a few letters. Right-aligned columns hold numbers, and a number cut
/// short is a lie, so these keep their width and such a table may still be too wide.
package struct TextTable: Sendable {
  package enum Alignment: Sendable, Equatable { case left, right }

  package struct Column: Sendable {
    package var title: String
    package var alignment: Alignment
    /// How the column's cells are styled, the title excepted.
    package var role: Style.Role?

    package static func left(_ title: String, role: Style.Role? = nil) -> Column {
      Column(title: title, alignment: .left, role: role)
    }

    package static func right(_ title: String, role: Style.Role? = nil) -> Column {
      Column(title: title, alignment: .right, role: role)
    }
  }

  package let columns: [Column]
  package private(set) var rows: [[String]] = []

  /// - Parameter columns: From left to right. If no column has a title there is no header.
  package init(_ columns: [Column]) {
    precondition(!columns.isEmpty, "a table has columns")
    self.columns = columns
  }

  /// Adds a row. Missing cells at its end are empty.
  package mutating func append(_ cells: [String]) {
    precondition(cells.count <= columns.count, "a row has at most as many cells as the table")
    rows.append(
      columns.indices.map { $0 < cells.count ? Sanitizer.sanitize(cells[$0]) : "" })
  }

  /// The table as text, each line ended by a newline.
  ///
  /// - Parameters:
  ///   - width: The columns of the terminal, or nil for as wide as it gets.
  ///   - style: Colours, if any; they take no part in the layout.
  package func render(width: Int? = nil, style: Style = .plain) -> String {
    lines(width: width, style: style).map { $0 + "\n" }.joined()
  }

  /// The table's lines, the header first, for callers that indent them.
  package func lines(width: Int? = nil, style: Style = .plain) -> [String] {
    let titles = columns.map(\.title)
    let hasHeader = titles.contains { !$0.isEmpty }
    let widths = fittedWidths(header: hasHeader ? titles : nil, limit: width)
    var lines: [String] = []
    lines.reserveCapacity(rows.count + 1)
    if hasHeader {
      lines.append(line(titles, widths) { text, _ in style.apply(.dim, to: text) })
    }
    for row in rows {
      lines.append(
        line(row, widths) { text, column in
          column.role.map { style.apply($0, to: text) } ?? text
        })
    }
    return lines
  }

  private static let gap = 2
  private static let leastWidth = 4

  private func fittedWidths(header: [String]?, limit: Int?) -> [Int] {
    var widths = columns.indices.map { index in
      rows.reduce(header?[index].displayWidth ?? 0) { max($0, $1[index].displayWidth) }
    }
    guard let limit else { return widths }
    let room = limit - Self.gap * (columns.count - 1)
    let texts = columns.indices.filter { columns[$0].alignment == .left }
    // No column can use more than all the room; without this a huge cell would be
    // brought down column by column.
    for index in texts { widths[index] = min(widths[index], max(room, Self.leastWidth)) }
    while widths.reduce(0, +) > room,
      // The first of equally wide columns goes last: it is the one with the names.
      let widest = texts.reversed().max(by: { widths[$0] < widths[$1] }),
      widths[widest] > Self.leastWidth
    {
      widths[widest] -= 1
    }
    return widths
  }

  /// Styles are applied to the text alone, so that colours don't stretch over padding.
  private func line(
    _ cells: [String], _ widths: [Int], styled: (String, Column) -> String
  ) -> String {
    var line = ""
    var pending = 0  // Spaces that are owed if anything follows.
    for (index, column) in columns.enumerated() {
      var cell = cells[index].truncated(toWidth: widths[index])
      while cell.utf8.last == .space { cell.removeLast() }
      let padding = widths[index] - cell.displayWidth
      if index > 0 { pending += Self.gap }
      if column.alignment == .right { pending += padding }
      if !cell.isEmpty {
        line += String(repeating: " ", count: pending)
        line += styled(cell, column)
        pending = 0
      }
      if column.alignment == .left { pending += padding }
    }
    return line
  }
}
