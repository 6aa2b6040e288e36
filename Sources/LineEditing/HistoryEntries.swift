/// The lines entered so far, as many as are remembered.
///
/// It differs from libedit's own history, which lives on the editor's thread, in that any thread may
/// ask it; `takeNew` is how the two stay in step.
///
/// Invariants:
/// 1. No entry is blank, and no two neighbours are equal.
/// 2. The last `newCount` lines are those that libedit does not know yet.
struct HistoryEntries {
  private(set) var lines: [String] = []
  private let limit: Int
  private var newCount = 0

  init(_ lines: [String], limit: Int) {
    self.limit = max(limit, 1)
    for line in lines { add(line) }
  }

  /// - Returns: False if it is blank or repeats the last entry, and was skipped.
  @discardableResult
  mutating func add(_ line: String) -> Bool {
    guard line != lines.last, line.contains(where: { !$0.isWhitespace }) else { return false }
    lines.append(line)
    if lines.count > limit { lines.removeFirst() }
    newCount = min(newCount + 1, lines.count)
    return true
  }

  /// What was added since the last call.
  mutating func takeNew() -> ArraySlice<String> {
    defer { newCount = 0 }
    return lines.suffix(newCount)
  }
}
