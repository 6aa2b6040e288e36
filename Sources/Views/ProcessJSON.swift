package import Supervision

/// A process as a JSON object: in the shell's `ps`, `info` and `tree`, and on the Observer's page.
package enum ProcessJSON {
  package static func object(_ process: ProcessSnapshot) -> JSONValue {
    func list(_ items: [some CustomStringConvertible]) -> JSONValue {
      .array(items.map { .string($0.description) })
    }
    return [
      "pid": .string(process.pid.description),
      "name": .string(orNull: process.name),
      "label": .string(orNull: process.label),
      "kind": .string(process.kind.rawValue),
      "role": .string(orNull: process.role),
      "status": .string(process.status.rawValue),
      "supervisor": .string(orNull: process.supervisor?.description),
      "child_id": .string(orNull: process.childID),
      "restart": .string(orNull: process.restart),
      "restarts": .integer(Int64(process.restarts)),
      "links": list(process.links),
      "monitors": list(process.monitoring),
      "monitored_by": list(process.monitoredBy),
      "traps_exits": .bool(process.isTrappingExits),
      "age_s": .number(process.age / .seconds(1)),
      "mailbox": .integer(Int64(process.mailboxLength)),
      "received": .integer(Int64(process.messagesReceived)),
    ]
  }
}
