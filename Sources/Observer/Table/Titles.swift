internal import Supervision
internal import Views

/// What processes are called, by PID.
struct Titles {
  private let titles: [PID: String]

  init(_ processes: [ProcessSnapshot]) {
    titles = Dictionary(processes.map { ($0.pid, $0.title) }) { first, _ in first }
  }

  subscript(pid: PID?) -> String? { pid.flatMap { titles[$0] } }

  /// A process to be shown and clicked at.
  func reference(_ pid: PID) -> JSONValue {
    ["pid": .string(pid.description), "title": .string(titles[pid] ?? pid.description)]
  }
}
