#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
internal import Processes
internal import Supervision
internal import Views

/// The general statistics: what the runtime is, how large it is, how near its limits.
struct SystemFacts {
  let runtime: Runtime
  let limits: Limits
  let connections: Int

  var json: JSONValue {
    let events = runtime.events
    return .object(
      [
        ("type", "system"),
        ("version", "swift-supervision 0.1.0"),
        ("swift", .string(Self.swift)),
        ("system", .string(Self.system)),
        ("uptime_s", .number(runtime.now / .seconds(1))),
        ("workers", .integer(Int64(runtime.workerCount))),
        ("processors", .integer(Int64(OSThread.processorCount))),
      ] + runtime.census.members + [
        ("names", .integer(Int64(runtime.registeredNames.count))),
        ("events", .integer(Int64(events.lastNumber))),
        (
          "events_remembered",
          .integer(Int64(min(events.lastNumber, UInt64(events.historyLimit))))
        ),
        (
          "limits",
          [
            "event_history": .integer(Int64(events.historyLimit)),
            "processes": .integer(Int64(UInt32.max)),
            "observer_connections": .integer(Int64(limits.connections)),
            "observer_header_bytes": .integer(Int64(limits.headerBytes)),
            "observer_body_bytes": .integer(Int64(limits.bodyBytes)),
          ]
        ),
        ("observer_connections", .integer(Int64(connections))),
      ])
  }

  private static var swift: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  private static var system: String {
    var name = utsname()
    guard uname(&name) == 0 else { return "" }
    func text(_ field: some Any) -> String {
      withUnsafeBytes(of: field) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
  }
}
