internal import Supervision
internal import Views

/// Which processes a table shows: those that match, in an order, one page of them.
///
/// Sorting 100,000 by a number and taking a page is what the server does, so that the browser never has more than a page.
struct ProcessQuery: Equatable {
  enum Column: String, CaseIterable {
    case pid, name, kind, supervisor, status, mailbox, handled, restarts, age
  }

  var sort = Column.pid
  var isDescending = false
  var offset = 0
  var limit = 100
  /// Words that all have to occur, each in some text of the process or as `column=value`, `column>number`, `column<number`.
  var filter = ""
  /// Also the house's own.
  var showsAll = false

  init() {}

  init(_ query: [String: String]) throws(Refusal) {
    if let name = query["sort"] {
      guard let column = Column(rawValue: name) else {
        throw .malformed(
          "sort is one of \(Column.allCases.map(\.rawValue).joined(separator: ", ")), not `\(name.prefix(40))`."
        )
      }
      sort = column
    }
    switch query["order"] {
    case nil, "asc": break
    case "desc": isDescending = true
    case let order?: throw .malformed("order is asc or desc, not `\(order.prefix(40))`.")
    }
    offset = Int(try Endpoint.number("offset", query, 0, 0...Int.max))
    limit = Int(try Endpoint.number("limit", query, limit, 1...1_000_000))
    filter = query["filter"] ?? ""
    showsAll = query["all"] == "1"
  }

  /// One page, and how many match.
  struct Page {
    let processes: [ProcessSnapshot]
    let matching: Int
    let total: Int
  }

  /// - Complexity: O(n log n) in the number that match, the logarithm for sorting.
  func page(of all: [ProcessSnapshot], _ titles: Titles) -> Page {
    let shown = showsAll ? all : all.filter { !$0.isSilent }
    let conditions = filter.split(separator: " ").map(Condition.init)
    var rows =
      conditions.isEmpty
      ? shown : shown.filter { process in conditions.allSatisfy { $0.holds(process, titles) } }
    sortRows(&rows, titles)
    return Page(
      processes: Array(rows.dropFirst(offset).prefix(limit)), matching: rows.count,
      total: shown.count)
  }

  private func sortRows(_ rows: inout [ProcessSnapshot], _ titles: Titles) {
    // Snapshots come oldest first; keys are made once a row, and equals stay in the order of their PIDs.
    func arrange<Key: Comparable>(_ key: (ProcessSnapshot) -> Key) {
      let keys = rows.map(key)
      let order = rows.indices.sorted { left, right in
        if keys[left] == keys[right] { return left < right }
        return (keys[left] < keys[right]) != isDescending
      }
      rows = order.map { rows[$0] }
    }
    switch sort {
    case .pid:
      rows.sort { $0.pid < $1.pid }
      if isDescending { rows.reverse() }
    case .name: arrange { $0.title }
    case .kind: arrange { $0.kind.rawValue }
    case .supervisor: arrange { titles[$0.supervisor] ?? "" }
    case .status: arrange { $0.status.rawValue }
    case .mailbox: arrange { $0.mailboxLength }
    case .handled: arrange { $0.handled }
    case .restarts: arrange { $0.restarts }
    case .age: arrange { $0.age }
    }
  }
}

extension ProcessSnapshot {
  /// How many messages it has been done with.
  var handled: Int { messagesReceived - mailboxLength }
}
