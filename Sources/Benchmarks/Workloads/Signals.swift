import Supervision

extension Workload {
  /// Monitors, and what it costs to be watched.
  static let signals: [Workload] = [
    Workload("monitor_down", summary: "a process is monitored, killed, and its Down arrives") {
      setting, process in
      let count = setting.count(500_000)
      try await setting.meter.time("monitor_down", ops: count) {
        for _ in 0..<count {
          let pid = process.runtime.spawn { process in _ = try await process.receive(Done.self) }
          let monitor = process.monitor(pid)
          process.exit(pid, .kill)
          _ = try await process.receive { info -> Bool? in
            if case .down(let down) = info, down.ref == monitor { true } else { nil }
          }
        }
      }
    },
    Workload(
      "events_unwatched", "events_watched",
      summary: "servers that start and stop, without and with a subscriber to the event stream"
    ) { setting, process in
      let count = setting.count(200_000)
      func startAndStop() async throws {
        for _ in 0..<count {
          let echo = try await Echo.startLinked(by: process) { _ in Echo() }
          try await echo.stop()
        }
      }
      try await setting.meter.time("events_unwatched", ops: count) { try await startAndStop() }
      let subscription = process.runtime.events.subscribe(capacity: 4 * count)
      try await setting.meter.time("events_watched", ops: count) { try await startAndStop() }
      process.runtime.events.unsubscribe(subscription)
      let (events, dropped) = subscription.drain()
      precondition(events.count + dropped >= 2 * count, "\(events.count) events of \(2 * count)")
    },
  ]
}
