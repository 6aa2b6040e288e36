import Supervision
import SupervisionTesting
import Testing

@testable import Processes

@Suite struct ProcessGroupsTests {
  private func idle(_ runtime: Runtime) -> PID {
    runtime.spawn { process in while true { _ = try await process.receive() } }
  }

  @Test func `a process joins several times, and leaves as often`() throws {
    try Simulation(seed: 1).run { runtime in
      let groups = ProcessGroups(runtime, name: "Rooms")
      try await groups.start()
      let (one, two) = (idle(runtime), idle(runtime))
      for pid in [one, two, one] { try await groups.join("lobby", pid) }
      #expect(groups.members(of: "lobby") == [one, two, one])
      let first = try await groups.leave("lobby", one)
      #expect(first)
      #expect(groups.members(of: "lobby") == [one, two])
      let second = try await groups.leave("lobby", one)
      let third = try await groups.leave("lobby", one)
      #expect(second && !third)
      #expect(groups.groups == ["lobby"])
      try await groups.leave("lobby", two)
      #expect(groups.groups == [])
    }
  }

  @Test func `the dead are in no group, from the moment of their death`() throws {
    try Simulation(seed: 1).run { runtime in
      let groups = ProcessGroups(runtime, name: "Rooms")
      try await groups.start()
      let pid = idle(runtime)
      try await groups.join("lobby", pid)
      runtime.exit(pid, .kill)
      #expect(groups.members(of: "lobby") == [])
      #expect(groups.groups == [])
      try await groups.join("lobby", pid)
      #expect(groups.members(of: "lobby") == [], "they can't join either")
    }
  }

  @Test func `who monitors a group hears who comes and goes, in order`() async throws {
    try await simulate(seeds: 0..<20) { runtime in
      let groups = ProcessGroups(runtime, name: "Rooms")
      try await groups.start()
      let (one, two) = (idle(runtime), idle(runtime))
      try await groups.join("lobby", one)
      let seen = Locked([String]())
      runtime.spawn { process in
        let members = try await groups.monitor("lobby", by: process)
        seen.withLock { $0.append("\(members == [one])") }
        while case .message(let change as ProcessGroups.Change) = try await process.receive() {
          seen.withLock { $0.append("\(change.kind) \(change.pid == one ? "one" : "two")") }
        }
      }
      await runtime.settle()
      try await groups.join("lobby", two)
      try await groups.join("elsewhere", two)
      try await groups.leave("lobby", one)
      runtime.exit(two, .kill)
      await runtime.settle()
      let story = seen.withLock { $0 }
      #expect(story == ["true", "joined two", "left one", "left two"])
    }
  }
}

@Suite struct PartitionSupervisorTests {
  private struct Echo: GenServer {
    enum Message: Sendable { case number(ReplyTo<Int>) }
    let number: Int

    func handle(_ message: Message, _ process: ProcessContext) -> Next {
      if case .number(let reply) = message { reply(number) }
      return .receive
    }
  }

  private func echoes(_ runtime: Runtime) -> PartitionSupervisor {
    PartitionSupervisor(runtime, name: "Echoes", partitions: 3) { number in
      Echo.childSpec { _ in Echo(number: number) }
    }
  }

  @Test func `a key leads to its partition, an integer by the remainder of its magnitude`() throws {
    try Simulation(seed: 1).run { runtime in
      let partitions = echoes(runtime)
      try await partitions.start()
      #expect(partitions.partitions.map(\.number) == [0, 1, 2])
      for (key, number) in [(0, 0), (4, 1), (5, 2), (-1, 1), (Int.min, 2)] {
        let echo = ServerRef<Echo.Message>(runtime, partitions.destination(for: key))
        let answer = try await echo.call { .number($0) }
        #expect(answer == number)
      }
      #expect(partitions.pid(for: "ada") == partitions.pid(for: "ada"))
      let counts = try await partitions.countChildren()
      #expect(counts.active == 3)
    }
  }

  @Test func `a partition that fails is replaced in its place, alone`() throws {
    try Simulation(seed: 1).run { runtime in
      let partitions = echoes(runtime)
      _ = try await Supervisor.start(in: runtime, children: [partitions.childSpec()])
      let before = partitions.partitions
      runtime.exit(before[1].pid, .kill)
      #expect(partitions.pid(for: 1) == nil)
      await runtime.settle()
      let after = partitions.partitions
      #expect(after.count == 3)
      #expect(after[0].pid == before[0].pid && after[2].pid == before[2].pid)
      #expect(after[1].pid != before[1].pid)
    }
  }
}
