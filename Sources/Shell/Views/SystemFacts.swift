#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
internal import Supervision

/// A runtime in numbers.
struct SystemFacts {
  private let rows: [(label: String, text: String, value: JSONValue)]

  init(_ session: Session) {
    let runtime = session.runtime
    let all = runtime.snapshot.filter { !$0.isSilent }
    let processes = all.filter { $0.status != .zombie }
    func count(_ statuses: ProcessSnapshot.Status...) -> Int {
      all.count { statuses.contains($0.status) }
    }
    func number(_ label: String, _ value: Int) -> (String, String, JSONValue) {
      (label, "\(value)", .integer(Int64(value)))
    }
    var rows: [(String, String, JSONValue)] = [
      ("uptime", Timeline.moment(runtime.now), .number(runtime.now / .seconds(1))),
      number("processes", processes.count),
      number("supervisors", processes.count(where: \.isSupervisor)),
      number("running", count(.running)),
      number("waiting", count(.waiting)),
      number("suspended", count(.suspended)),
      number("zombies", count(.zombie)),
      number("names", runtime.registeredNames.count),
      number("in mailboxes", processes.reduce(0) { $0 + $1.mailboxLength }),
      number("messages", processes.reduce(0) { $0 + $1.messagesReceived }),
      number("restarts", processes.reduce(0) { $0 + $1.restarts }),
      number("events", Int(runtime.events.lastNumber)),
      number("workers", runtime.workerCount),
    ]
    // What follows from no seed has no place in a simulation's transcript.
    if !session.isSimulated, let bytes = Self.memory {
      rows.append(("memory", "\(bytes >> 20) MB", .integer(Int64(bytes))))
    }
    self.rows = rows
  }

  var text: String {
    rows.map { $0.label + String(repeating: " ", count: 14 - $0.label.count) + $0.text }
      .joined(separator: "\n")
  }

  var json: JSONValue {
    .object(
      rows.map { row in
        (String(row.label.map { $0 == " " ? "_" : $0 }), row.value)
      })
  }

  /// The program's resident memory in bytes; nil where the system doesn't tell in this way.
  private static var memory: Int? {
    guard let bytes = try? SourceFile.read("/proc/self/statm") else { return nil }
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
