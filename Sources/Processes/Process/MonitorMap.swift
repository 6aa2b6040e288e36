/// Values by monitor: a few in an array, many in a dictionary.
///
/// Nearly every process that is monitored has one monitor, for which a dictionary of its own costs three times as much.
struct MonitorMap<Value> {
  typealias Entry = (ref: MonitorRef, value: Value)

  private static var few: Int { 8 }

  /// In the order of insertion; empty once there is a table.
  private var entries: [Entry] = []
  private var table: [MonitorRef: Value]?

  var count: Int { table?.count ?? entries.count }

  subscript(ref: MonitorRef) -> Value? {
    if let table { return table[ref] }
    return entries.first { $0.ref == ref }?.value
  }

  /// Adds the value of a monitor that has none.
  mutating func insert(_ ref: MonitorRef, _ value: Value) {
    if table != nil {
      table?[ref] = value
    } else if entries.count < Self.few {
      entries.append((ref, value))
    } else {
      table = Dictionary(uniqueKeysWithValues: entries.map { ($0.ref, $0.value) })
      table?[ref] = value
      entries = []
    }
  }

  /// The value that was there.
  @discardableResult
  mutating func remove(_ ref: MonitorRef) -> Value? {
    if table != nil { return table?.removeValue(forKey: ref) }
    guard let index = entries.firstIndex(where: { $0.ref == ref }) else { return nil }
    return entries.remove(at: index).value
  }

  /// Oldest monitor first.
  var sorted: [Entry] {
    let all = table.map { $0.map { (ref: $0.key, value: $0.value) } } ?? entries
    return all.count > 1 ? all.sorted { $0.ref < $1.ref } : all
  }
}
