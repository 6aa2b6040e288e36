internal import Processes
internal import Supervision
internal import Views

/// Counts a runtime again and again: the numbers that charts are drawn of.
///
/// Counters only grow; whoever looks at two samples makes rates of them.
struct Sampler {
  private var messages = 0
  private var restarts = RestartCounter()

  mutating func sample(_ runtime: Runtime) -> JSONValue {
    let census = runtime.census
    // One that misses somebody who was just leaving is not to take back what was said of it.
    messages = max(messages, census.handled)
    restarts.follow(runtime.events)
    return .object(
      [
        ("type", "sample"), ("time_s", .number(runtime.now / .seconds(1))),
        ("seq", .integer(Int64(runtime.events.lastNumber))),
      ] + census.members + [
        ("messages", .integer(Int64(messages))),
        ("starts", .integer(Int64(restarts.starts))),
        ("exits", .integer(Int64(restarts.exits))),
        ("restarts", .integer(Int64(restarts.restarts))),
        ("missed_events", .integer(Int64(restarts.missed))),
        (
          "workers",
          .array(
            WorkerClocks.read().map { ["name": .string($0.name), "cpu_s": .number($0.seconds)] })
        ),
      ])
  }
}
