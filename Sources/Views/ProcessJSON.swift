package import Supervision

/// A process as a JSON object: in the shell's `ps`, `info` and `tree`, and on the Observer's page.
package enum ProcessJSON {
  /// - Parameter bondLimit: How many links and monitors are listed at most; then how many there are is told besides. A
  ///   supervisor of many is linked with all of them. Nil, all.
  package static func object(_ process: ProcessSnapshot, bondLimit: Int? = nil) -> JSONValue {
    .object(members(process, bondLimit))
  }

  /// The same of one that is looked at by itself, with what it is at.
  package static func details(
    _ process: ProcessSnapshot, handler: String?, bondLimit: Int? = nil
  ) -> JSONValue {
    .object(members(process, bondLimit) + [("handler", .string(orNull: handler))])
  }

  private static func members(
    _ process: ProcessSnapshot, _ bondLimit: Int?
  ) -> [(String, JSONValue)] {
    func list(_ items: [some CustomStringConvertible]) -> JSONValue {
      .array(items.prefix(bondLimit ?? .max).map { .string($0.description) })
    }
    let counts: [(String, JSONValue)] =
      bondLimit == nil
      ? []
      : [
        ("link_count", .integer(Int64(process.links.count))),
        ("monitor_count", .integer(Int64(process.monitoring.count))),
        ("monitored_by_count", .integer(Int64(process.monitoredBy.count))),
      ]
    return [
      ("pid", .string(process.pid.description)),
      ("name", .string(orNull: process.name)),
      ("label", .string(orNull: process.label)),
      ("kind", .string(process.kind.rawValue)),
      ("role", .string(orNull: process.role)),
      ("status", .string(process.status.rawValue)),
      ("supervisor", .string(orNull: process.supervisor?.description)),
      ("child_id", .string(orNull: process.childID)),
      ("restart", .string(orNull: process.restart)),
      ("restarts", .integer(Int64(process.restarts))),
      ("links", list(process.links)),
      ("monitors", list(process.monitoring)),
      ("monitored_by", list(process.monitoredBy)),
      ("traps_exits", .bool(process.isTrappingExits)),
      ("age_s", .number(process.age / .seconds(1))),
      ("mailbox", .integer(Int64(process.mailboxLength))),
      ("received", .integer(Int64(process.messagesReceived))),
    ] + counts
  }
}
