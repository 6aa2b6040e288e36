import Supervision

extension Workload {
  /// Starting, restarting and stopping what is supervised, and what it weighs.
  static let supervisors: [Workload] = [
    Workload(
      "start_child", "idle_bytes", "stop_tree",
      summary: "servers under a dynamic supervisor: to start one, what it weighs, to stop all"
    ) { setting, process in
      let count = setting.count(200_000)
      let (allocated, resident) = (Memory.allocated, Memory.resident)
      let supervisor = try await DynamicSupervisor.startLinked(by: process)
      let spec = Echo.childSpec(restart: .temporary) { _ in Echo() }
      try await setting.meter.time("start_child", ops: count) {
        for _ in 0..<count { _ = try await supervisor.startChild(spec) }
      }
      setting.meter.report(
        "idle_bytes", ops: count, bytesEach: (Memory.allocated - allocated) / count,
        rssEach: (Memory.resident - resident) / count)
      try await setting.meter.time("stop_tree", ops: count) {
        try await supervisor.stop(.normal, timeout: nil)
      }
    },
    Workload("restart", summary: "a child is killed, and is back under its name") {
      setting, process in
      let count = setting.count(100_000)
      let runtime = process.runtime
      let supervisor = try await Supervisor.startLinked(
        by: process, children: [Echo.childSpec(name: "Echo") { _ in Echo() }],
        .init(maxRestarts: 10_000_000, within: .seconds(1)))
      try await setting.meter.time("restart", ops: count) {
        for _ in 0..<count {
          guard let old = runtime.whereis("Echo") else { throw ExitReason.noProcess }
          let monitor = process.monitor(old)
          process.exit(old, .kill)
          _ = try await process.receive { info -> Bool? in
            if case .down(let down) = info, down.ref == monitor { true } else { nil }
          }
          while true {
            if let new = runtime.whereis("Echo"), new != old { break }
            await Task.yield()
          }
        }
      }
      try await supervisor.stop()
    },
  ]
}
