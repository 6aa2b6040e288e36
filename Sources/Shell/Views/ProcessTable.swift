internal import Supervision

/// Processes in rows: which, in what order, with which columns.
///
/// Pure: the same processes give the same table.
struct ProcessTable {
  /// What can be shown of a process, and sorted and filtered by.
  enum Column: String, CaseIterable {
    case pid, name, kind, status, mailbox, messages, restarts, links, monitors, age, supervisor

    var isNumber: Bool {
      switch self {
      case .mailbox, .messages, .restarts, .links, .monitors, .age: true
      case .pid, .name, .kind, .status, .supervisor: false
      }
    }

    /// A number to sort and filter by; nil for a text.
    func number(_ process: ProcessSnapshot) -> Int? {
      switch self {
      case .mailbox: process.mailboxLength
      case .messages: process.messagesReceived
      case .restarts: process.restarts
      case .links: process.links.count
      case .monitors: process.monitoring.count + process.monitoredBy.count
      case .age: Int(process.age.components.seconds)
      case .pid, .name, .kind, .status, .supervisor: nil
      }
    }

    func text(_ process: ProcessSnapshot, _ titles: [PID: String]) -> String {
      switch self {
      case .pid: process.pid.description
      case .name: process.name ?? process.label ?? ""
      case .kind: process.kind.rawValue
      case .status: process.status.rawValue
      case .supervisor: process.supervisor.map { titles[$0] ?? $0.description } ?? ""
      case .age: Timeline.moment(process.age)
      default: number(process).map(String.init) ?? ""
      }
    }
  }

  var sort = Column.pid
  var isReversed = false
  var limit: Int?
  var filters: [ProcessFilter] = []
  var showsAll = false

  /// The processes that are shown, in order.
  func rows(_ processes: [ProcessSnapshot]) -> [ProcessSnapshot] {
    let titles = Self.titles(processes)
    var rows = processes.filter { process in
      (showsAll || !process.isSilent) && filters.allSatisfy { $0.holds(process, titles) }
    }
    // By PID first, so that equals are in that order.
    rows.sort { $0.pid < $1.pid }
    if sort.isNumber {
      // The largest first: who is looked for is who has most.
      rows = Self.stable(rows) { (sort.number($0) ?? 0) > (sort.number($1) ?? 0) }
    } else if sort != .pid {
      rows = Self.stable(rows) { sort.text($0, titles) < sort.text($1, titles) }
    }
    if isReversed { rows.reverse() }
    return limit.map { Array(rows.prefix($0)) } ?? rows
  }

  /// Swift's sort happens to be stable, but does not promise it.
  private static func stable(
    _ rows: [ProcessSnapshot], _ precedes: (ProcessSnapshot, ProcessSnapshot) -> Bool
  ) -> [ProcessSnapshot] {
    rows.enumerated().sorted { left, right in
      if precedes(left.element, right.element) { return true }
      return !precedes(right.element, left.element) && left.offset < right.offset
    }.map(\.element)
  }

  private static func titles(_ processes: [ProcessSnapshot]) -> [PID: String] {
    Dictionary(processes.map { ($0.pid, $0.title) }) { first, _ in first }
  }

  /// The columns for which a terminal of that width has room; nil, as wide as it gets.
  static func columns(width: Int?) -> [Column] {
    switch width ?? .max {
    case ..<60: [.pid, .name, .status, .mailbox]
    case ..<80: [.pid, .name, .status, .mailbox, .restarts]
    case ..<105: [.pid, .name, .kind, .status, .mailbox, .restarts]
    case ..<130: [.pid, .name, .kind, .status, .mailbox, .messages, .restarts, .supervisor]
    default: Column.allCases
    }
  }

  func text(_ processes: [ProcessSnapshot], width: Int?, style: Style) -> String {
    var columns = Self.columns(width: width ?? 110)
    // What was asked for is shown, wherever there is room for it.
    let asked = [sort] + filters.compactMap(\.column)
    for column in asked where !columns.contains(column) { columns.append(column) }
    let titles = Self.titles(processes)
    var table = TextTable(
      columns.map { column in
        let title = column.rawValue.uppercased()
        return column.isNumber || column == .pid
          ? .right(title) : .left(title, role: column == .name ? .name : nil)
      })
    for process in rows(processes) {
      table.append(columns.map { $0.text(process, titles) })
    }
    return table.render(width: width, style: style)
  }
}

/// Which processes are wanted: `mailbox>10`, `status=zombie`, `name~shop`, or a word that occurs in any
/// text of theirs.
struct ProcessFilter {
  enum Relation: String, CaseIterable {
    // The longer first, since one begins with the other.
    case atLeast = ">="
    case atMost = "<="
    case differs = "!="
    case greater = ">"
    case less = "<"
    case equals = "="
    case contains = "~"
  }

  /// Nil, any text.
  let column: ProcessTable.Column?
  let relation: Relation
  let value: String
  private let number: Int?

  init(_ text: String) throws(CommandError) {
    for index in text.indices {
      let rest = text[index...]
      guard let relation = Relation.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else {
        continue
      }
      let name = String(text[..<index])
      // A PID has angle brackets, too.
      if name.isEmpty { break }
      guard let column = ProcessTable.Column(rawValue: name) else {
        throw Self.unknownColumn(name)
      }
      let value = String(rest.dropFirst(relation.rawValue.count))
      let number = Int(value)
      if column.isNumber, relation != .contains, number == nil {
        throw .usage("\(name) is compared with a number: `\(name)>10`, not `\(text.shown)`.")
      }
      (self.column, self.relation, self.value, self.number) = (column, relation, value, number)
      return
    }
    (column, relation, value, number) = (nil, .contains, text, nil)
  }

  static func unknownColumn(_ name: String) -> CommandError {
    let known = ProcessTable.Column.allCases.map(\.rawValue)
    let hint = Suggestion.best(for: name, among: known).map { "did you mean \($0)? " } ?? ""
    return .usage(
      "there is no column `\(name.shown)`: \(hint)there are \(known.joined(separator: ", ")).")
  }

  func holds(_ process: ProcessSnapshot, _ titles: [PID: String]) -> Bool {
    guard let column else {
      return ProcessTable.Column.allCases.contains {
        !$0.isNumber && $0.text(process, titles).lowercased().contains(value.lowercased())
      }
    }
    if let number, let actual = column.number(process) {
      return switch relation {
      case .equals: actual == number
      case .differs: actual != number
      case .greater: actual > number
      case .less: actual < number
      case .atLeast: actual >= number
      case .atMost: actual <= number
      case .contains: String(actual).contains(value)
      }
    }
    let actual = column.text(process, titles)
    return switch relation {
    case .equals: actual == value
    case .differs: actual != value
    case .greater: actual > value
    case .less: actual < value
    case .atLeast: actual >= value
    case .atMost: actual <= value
    case .contains: actual.lowercased().contains(value.lowercased())
    }
  }
}
