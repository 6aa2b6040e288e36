import Supervision

extension Growth {
  /// All of them, in the order of running.
  static let all = trees + crowds

  /// Starting, restarting and stopping what is supervised.
  private static let trees: [Growth] = [
    Growth("dynamic", "servers under a dynamic supervisor: start, bytes, stop") { run in
      let supervisor = try await DynamicSupervisor.startLinked(by: run.process)
      let spec = Echo.childSpec(restart: .temporary) { _ in Echo() }
      let allocated = Memory.allocated
      try await run.time("start") {
        for _ in 0..<run.size { _ = try await supervisor.startChild(spec) }
      }
      run.note("bytes", .bytes, Double(Memory.allocated - allocated) / Double(run.size))
      try await run.time("stop") { try await supervisor.stop() }
    },
    Growth("static", "servers under one_for_all: start, a restart of all, stop") { run in
      let supervisor = try await run.time("start_static") {
        try await Supervisor.startLinked(
          by: run.process, children: echoes(run.size), .init(strategy: .oneForAll))
      }
      guard let victim = try await supervisor.whichChildren().first?.pid else {
        throw ExitReason.noProcess
      }
      await run.time("restart_one_for_all") {
        run.process.exit(victim, .kill)
        await run.settle()
      }
      try await run.time("stop_static") { try await supervisor.stop() }
    },
    Growth("siblings", "one_for_one: each restart of one child among so many") { run in
      let count = min(500, run.size)
      let supervisor = try await Supervisor.startLinked(
        by: run.process, children: echoes(run.size), .init(maxRestarts: 1_000_000))
      let children = try await supervisor.whichChildren().compactMap(\.pid)
      await run.time("restart_one_for_one", count: count) {
        for index in 0..<count {
          run.process.exit(children[index * (children.count / count)], .kill)
        }
        await run.settle()
      }
      try await supervisor.stop()
    },
    Growth("restarts", "so many restarts of one child, all within the period") { run in
      let supervisor = try await Supervisor.startLinked(
        by: run.process, children: [Echo.childSpec(name: "Echo") { _ in Echo() }],
        .init(maxRestarts: 10_000_000, within: .seconds(3600)))
      try await run.time("restarts") {
        for _ in 0..<run.size {
          if let pid = run.runtime.whereis("Echo") { run.process.exit(pid, .kill) }
          _ = try await supervisor.countChildren()
        }
      }
      try await supervisor.stop()
    },
    Growth("mass_death", "all children of a one_for_one supervisor die at the same time") { run in
      let supervisor = try await Supervisor.startLinked(
        by: run.process, children: echoes(run.size), .init(maxRestarts: 10_000_000))
      let children = try await supervisor.whichChildren().compactMap(\.pid)
      await run.time("restart_all_dead") {
        for pid in children { run.process.exit(pid, .kill) }
        await run.settle()
      }
      try await supervisor.stop()
    },
    Growth("mass_death_all", "all children of a one_for_all supervisor die at the same time") {
      run in
      let supervisor = try await Supervisor.startLinked(
        by: run.process, children: echoes(run.size),
        .init(strategy: .oneForAll, maxRestarts: 10_000_000))
      let children = try await supervisor.whichChildren().compactMap(\.pid)
      await run.time("one_for_all_dead") {
        for pid in children { run.process.exit(pid, .kill) }
        await run.settle()
      }
      try await supervisor.stop()
    },
    Growth("delete", "children of a static supervisor, terminated and forgotten in order") { run in
      let supervisor = try await Supervisor.startLinked(
        by: run.process, children: echoes(run.size, restart: .temporary))
      try await run.time("terminate_static") {
        for index in 0..<run.size { try await supervisor.terminateChild("\(index)") }
      }
      try await supervisor.stop()
    },
    Growth("terminate", "children of a dynamic supervisor, terminated one by one") { run in
      let supervisor = try await DynamicSupervisor.startLinked(by: run.process)
      let spec = Echo.childSpec(restart: .temporary) { _ in Echo() }
      var children: [PID] = []
      for _ in 0..<run.size { children.append(try await supervisor.startChild(spec)) }
      try await run.time("terminate_dynamic") {
        for pid in children { try await supervisor.terminateChild(pid) }
      }
      try await supervisor.stop()
    },
    Growth(
      "deep", "supervisors nested in each other: start, restart from the top, stop", limit: 100_000
    ) {
      run in
      let top = try await run.time("start_deep") {
        try await Supervisor.startLinked(
          by: run.process, children: [nested(run.size)], .init(strategy: .oneForAll))
      }
      guard let second = try await top.whichChildren().first?.pid else {
        throw ExitReason.noProcess
      }
      await run.time("restart_deep") {
        run.process.exit(second, .kill)
        await run.settle()
      }
      _ = await run.time("tree_deep") { SupervisionTree(of: run.runtime).roots.count }
      try await run.time("stop_deep") { try await top.stop() }
    },
  ]

  /// A chain of supervisors, each the only child of the one before. Each link is made when it starts: a
  /// specification that held all others would itself be as deep as the tree.
  private static func nested(_ depth: Int) -> ChildSpec {
    guard depth > 1 else { return Echo.childSpec { _ in Echo() } }
    return ChildSpec(id: "Supervisor", kind: .supervisor) { parent in
      let supervisor = try await Supervisor.startLinked(by: parent, children: [nested(depth - 1)])
      guard let pid = supervisor.pid else { throw ExitReason.noProcess }
      return pid
    }
  }

  static func echoes(_ count: Int, restart: ChildSpec.Restart = .permanent) -> [ChildSpec] {
    let spec = Echo.childSpec(restart: restart) { _ in Echo() }
    return (0..<count).map { spec.with(id: "\($0)") }
  }
}

extension ChildInfo {
  var pid: PID? { if case .running(let pid) = state { pid } else { nil } }
}
