internal import Processes
internal import Supervision
internal import Views

/// Counts a runtime again and again: the numbers that charts are drawn of.
///
/// Counters only grow; whoever looks at two samples makes rates of them.
struct Sampler {
  private var messages = MessageCounter()
  private var restarts = RestartCounter()

  mutating func sample(_ runtime: Runtime) -> JSONValue {
    let census = runtime.census
    messages.note(census.entries)
    restarts.follow(runtime.events)
    return [
      "type": "sample",
      "time_s": .number(runtime.now / .seconds(1)),
      "seq": .integer(Int64(runtime.events.lastNumber)),
      "processes": .integer(Int64(census.processes)),
      "kinds": .object(
        census.kinds.sorted { $0.key.rawValue < $1.key.rawValue }
          .map { ($0.key.rawValue, .integer(Int64($0.value))) }),
      "zombies": .integer(Int64(census.zombies)),
      "run_queue": .integer(Int64(census.runnable)),
      "in_mailboxes": .integer(Int64(census.inMailboxes)),
      "longest_mailbox": .integer(Int64(census.longestMailbox)),
      "messages": .integer(Int64(messages.total)),
      "starts": .integer(Int64(restarts.starts)),
      "exits": .integer(Int64(restarts.exits)),
      "restarts": .integer(Int64(restarts.restarts)),
      "missed_events": .integer(Int64(restarts.missed)),
      "workers": .array(
        WorkerClocks.read().map { ["name": .string($0.name), "cpu_s": .number($0.seconds)] }),
      "memory": .integer(orNull: SystemFile.residentBytes),
    ]
  }
}
