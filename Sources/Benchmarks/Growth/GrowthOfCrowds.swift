import Supervision

extension Growth {
  /// What many processes mean to each other, to those who look for them and to those who watch.
  static let crowds: [Growth] = [
    Growth("links", "one process linked with so many, which end with it") { run in
      let size = run.size
      let hub = await run.process.spawn { process in
        for _ in 0..<size { _ = process.spawnLinked { child in try await child.rest() } }
        try await process.rest()
      }
      await run.time("link") { await run.settle() }
      run.process.exit(hub, .kill)
      await run.settle()
      let pids = await idlers(run)
      await run.time("link_ends") {
        for pid in pids { try? run.process.link(pid) }
        for pid in pids { run.process.exit(pid, .kill) }
        for _ in pids { _ = try? await run.process.receive() }
      }
    },
    Growth("monitors", "one process monitors so many, and hears of each one's end") { run in
      let pids = await idlers(run)
      try await run.time("monitor") {
        for pid in pids { _ = run.process.monitor(pid) }
        for pid in pids { run.process.exit(pid, .kill) }
        for _ in pids { _ = try await run.process.receive() }
      }
    },
    Growth("watched", "one process is monitored by so many, and ends") { run in
      let star = await run.process.spawn { process in try await process.rest() }
      for _ in 0..<run.size {
        await run.process.spawn { process in
          _ = process.monitor(star)
          _ = try await process.receive()
        }
      }
      await run.settle()
      await run.time("monitored") {
        run.process.exit(star, .kill)
        await run.settle()
      }
    },
    Growth("callers", "so many processes wait for the same one's answer, which ends") { run in
      let star = await run.process.spawn { process in try await process.rest() }
      for _ in 0..<run.size {
        await run.process.spawn { process in _ = await process.runtime.waitForExit(of: star) }
      }
      await run.settle()
      await run.time("callers") {
        run.process.exit(star, .kill)
        await run.settle()
      }
    },
    Growth("names", "registered names: register, look up, end") { run in
      let pids = await idlers(run)
      try await run.time("register") {
        for (index, pid) in pids.enumerated() { try run.runtime.register("name\(index)", pid) }
      }
      await run.time("whereis") {
        for index in pids.indices { _ = run.runtime.whereis("name\(index)") }
      }
      await run.time("pid_text") {
        for pid in pids { _ = run.runtime.pid(pid.description) }
      }
      await run.time("end_named") { for pid in pids { run.process.exit(pid, .kill) } }
    },
    Growth("registry", "a registry with one key for all: register, look up, end") { run in
      let unique = Registry<Int, Void>(run.runtime, name: "Unique", keys: .unique)
      let shared = Registry<Int, Void>(run.runtime, name: "Shared", keys: .duplicate)
      try await unique.start()
      try await shared.start()
      let pids = await idlers(run)
      try await run.time("registry") {
        for (index, pid) in pids.enumerated() { try unique.register(index, for: pid) }
        for index in pids.indices { _ = unique.pid(of: index) }
        await run.settle()
      }
      try await run.time("registry_shared") {
        for pid in pids { try shared.register(0, for: pid) }
        shared.dispatch(0) { _ in }
        await run.settle()
      }
      await run.time("registry_ends") {
        for pid in pids { run.process.exit(pid, .kill) }
        await run.settle()
      }
    },
    Growth("groups", "a process group of so many: join, look up, leave or end") { run in
      let groups = ProcessGroups(run.runtime, name: "Groups")
      try await groups.start()
      let pids = await idlers(run)
      try await run.time("join") {
        for pid in pids { try await groups.join("all", pid) }
        _ = groups.members(of: "all")
      }
      try await run.time("leave", count: run.size / 2) {
        for pid in pids.prefix(run.size / 2) { try await groups.leave("all", pid) }
      }
      await run.time("group_ends") {
        for pid in pids { run.process.exit(pid, .kill) }
        await run.settle()
      }
    },
    Growth("tasks", "so many tasks at a time, awaited together, or as a stream") { run in
      let size = run.size
      await run.time("await_many") {
        // Not in the process that measures: it traps exits, and leaves those of the tasks unread.
        let owner = await run.process.spawn { process in
          let tasks = (0..<size).map { number in
            ProcessTask<Int>.async(by: process) { _ in number }
          }
          _ = try await ProcessTask.awaitMany(tasks, timeout: nil)
        }
        _ = await run.runtime.waitForExit(of: owner)
      }
      await run.time("stream") {
        let owner = await run.process.spawn { process in
          let options = TaskStreamOptions(maxConcurrency: size, isOrdered: false)
          let squares = ProcessTask<Int>.asyncStream(by: process, over: 0..<size, options) {
            $1 * $1
          }
          for try await _ in squares {}
        }
        _ = await run.runtime.waitForExit(of: owner)
      }
    },
    Growth("timers", "so many timers set and cancelled") { run in
      await run.time("timers") {
        let timers = (0..<run.size).map { index in
          run.process.sendSelf(Done(), after: .seconds(1000 + index % 1000))
        }
        for timer in timers.reversed() { _ = run.runtime.cancel(timer) }
      }
    },
    Growth("looking", "ps and tree of so many, and their events") { run in
      let subscription = run.runtime.events.subscribe(capacity: 4 * run.size)
      let supervisor = try await DynamicSupervisor.startLinked(by: run.process)
      let spec = Echo.childSpec(restart: .temporary) { _ in Echo() }
      for _ in 0..<run.size { _ = try await supervisor.startChild(spec) }
      await run.time("events") { _ = subscription.drain() }
      run.runtime.events.unsubscribe(subscription)
      await run.time("ps") { _ = run.runtime.snapshot.count }
      await run.time("tree") { _ = SupervisionTree(of: run.runtime).roots.count }
      try await run.time("which_children") { _ = try await supervisor.whichChildren() }
      try await supervisor.stop()
    },
  ]

  /// Processes that wait for ever, one for each of the size.
  private static func idlers(_ run: GrowthRun) async -> [PID] {
    let pids = (0..<run.size).map { _ in run.process.spawn { process in try await process.rest() } }
    await run.settle()
    return pids
  }
}

extension ProcessContext {
  /// Waits for a message that nobody sends.
  fileprivate func rest() async throws { _ = try await receive(Done.self) }
}
