/// Candidates as lines for the screen.
///
/// Plain words stand in columns, read downwards like a directory listing. As soon as one has a
/// description, each gets a line of its own.
///
/// ```swift
/// CompletionList.lines(for: [Completion(text: "create", start: 0), …], columns: 80, limit: 20)
/// // ["create  delete  get  put"]
/// ```
enum CompletionList {
  /// - Parameter limit: The largest number of lines, at least 1; if there are more, the last says
  ///   how many candidates are missing.
  static func lines(for candidates: [Completion], columns: Int, limit: Int) -> [String] {
    let limit = max(limit, 1)
    if candidates.contains(where: { $0.description != nil }) {
      return described(candidates, columns: columns, limit: limit)
    }
    let words = candidates.map(\.text)
    let width = (words.map(CursorGeometry.width(of:)).max() ?? 0) + 2
    let perRow = max(1, (columns + 1) / width)
    let rows = (words.count + perRow - 1) / perRow
    func line(_ row: Int) -> String {
      let cells = stride(from: row, to: words.count, by: rows).map { words[$0] }
      return cells.dropLast().map { padded($0, to: width) }.joined() + (cells.last ?? "")
    }
    if rows <= limit { return (0..<rows).map(line) }
    // Too many rows: show as many of the first words as fit, row by row.
    let shown = (limit - 1) * perRow
    return lines(for: Array(candidates.prefix(shown)), columns: columns, limit: limit)
      + ["… \(words.count - shown) more"]
  }

  private static func described(
    _ candidates: [Completion], columns: Int, limit: Int
  ) -> [String] {
    // A single long word must not push all descriptions off the screen.
    let widest = candidates.map { CursorGeometry.width(of: $0.text) }.max() ?? 0
    let width = min(widest, max(8, columns / 2)) + 2
    let shown = candidates.count <= limit ? candidates.count : limit - 1
    var lines = candidates.prefix(shown).map { candidate in
      guard let description = candidate.description, !description.isEmpty else {
        return candidate.text
      }
      return cut(padded(candidate.text, to: width) + description, to: columns - 1)
    }
    if shown < candidates.count { lines.append("… \(candidates.count - shown) more") }
    return lines
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - CursorGeometry.width(of: text)))
  }

  private static func cut(_ text: String, to width: Int) -> String {
    guard CursorGeometry.width(of: text) > width else { return text }
    var result = ""
    var used = 0
    for character in text {
      let next = CursorGeometry.width(of: String(character))
      guard used + next < width else { break }
      result.append(character)
      used += next
    }
    return result + "…"
  }
}
