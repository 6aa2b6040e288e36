import Supervision
import SupervisionTesting
import Testing

@Suite struct TaskSupervisorTests {
  /// A task's body that waits for the end.
  private static let waiting: @Sendable (ProcessContext) async throws -> Void = { process in
    while true { _ = try await process.receive() }
  }

  @Test func `a linked task belongs to its owner and to the supervisor`() async throws {
    try await withRuntime { runtime in
      let tasks = try await startSupervised(TaskSupervisor.self, name: "tasks")
      let (value, isSupervised) = try await ProcessTask.run(in: runtime) { process in
        let task = try await tasks.async(by: process, label: "sum") { _ in 1 + 2 }
        let waiting = try await tasks.async(by: process, Self.waiting)
        let snapshot = try #require(process.runtime.snapshot(of: waiting.pid))
        let supervisor = try #require(tasks.pid)
        let isSupervised =
          snapshot.supervisor == supervisor && snapshot.parent == supervisor
          && snapshot.links == [supervisor, process.pid]
        return (try await task.await(), isSupervised)
      }
      #expect(value == 3)
      #expect(isSupervised)
      await runtime.settle()
      #expect(try await tasks.children().count == 1, "its owner ended normally")
    }
  }

  @Test func `a linked task that fails takes its owner along, and not the supervisor`() async throws
  {
    try await withRuntime { runtime in
      let tasks = try await startSupervised(TaskSupervisor.self)
      await #expect {
        try await ProcessTask.run(in: runtime) { process in
          let task = try await tasks.async(by: process) { _ -> Int in
            throw ExitReason.custom("boom")
          }
          return try await task.await()
        }
      } throws: { ($0 as? CallError)?.reason == .custom("boom") }
      await runtime.settle()
      #expect(try await tasks.children() == [])
    }
  }

  @Test func `an owner survives the failure of a task it isn't linked to`() async throws {
    try await withRuntime { runtime in
      let tasks = try await startSupervised(TaskSupervisor.self)
      let outcome = try await ProcessTask.run(in: runtime) { process in
        let task = try await tasks.asyncNoLink(by: process) { _ -> Int in
          throw ExitReason.custom("boom")
        }
        return try await task.yield()
      }
      #expect(outcome == .failure(.custom("boom")))
    }
  }

  @Test func `an unlinked task survives its owner`() async throws {
    try await withRuntime { runtime in
      let tasks = try await startSupervised(TaskSupervisor.self)
      await #expect(throws: CallError.self) {
        try await ProcessTask.run(in: runtime) { process in
          _ = try await tasks.asyncNoLink(by: process, Self.waiting)
          throw ExitReason.custom("boom")
        }
      }
      #expect(try await tasks.children().count == 1)
    }
  }

  @Test func `shutting a supervised task down is no failure to anybody`() async throws {
    try await withRuntime { runtime in
      let tasks = try await startSupervised(TaskSupervisor.self)
      let outcome = try await ProcessTask.run(in: runtime) { process in
        let task = try await tasks.async(by: process, Self.waiting)
        let outcome = try await task.shutdown(.brutalKill)
        return outcome == nil
      }
      #expect(outcome)
      await runtime.settle()
      #expect(try await tasks.children() == [])
    }
  }

  @Test func `there are no more tasks than may be`() async throws {
    try await withRuntime { runtime in
      let tasks = try await startSupervised(TaskSupervisor.self, .init(maxChildren: 1))
      try await tasks.startChild(Self.waiting)
      await #expect(throws: StartError.limitReached(1)) { try await tasks.startChild(Self.waiting) }
      await #expect(throws: StartError.limitReached(1)) { try await tasks.run { _ in 1 } }
      await #expect {
        try await ProcessTask.run(in: runtime) { process in
          try await tasks.asyncNoLink(by: process) { _ in 1 }.await()
        }
      } throws: { ($0 as? CallError)?.reason == .custom("max_children") }
    }
  }

  @Test func `tasks for their effect are listed in order, and can be ended`() async throws {
    try await withRuntime { runtime in
      let tasks = try await TaskSupervisor.start(in: runtime, name: "tasks")
      let first = try await tasks.startChild(Self.waiting)
      let handle = TaskSupervisor(runtime, name: "tasks")
      let second = try await handle.startChild(label: "second", Self.waiting)
      #expect(try await tasks.children() == [first, second])
      try await tasks.terminateChild(first)
      #expect(try await tasks.children() == [second])
      await #expect(throws: ChildError.self) { try await tasks.terminateChild(first) }
      try await tasks.stop()
      #expect(!runtime.isAlive(second))
    }
  }

  @Test func `a task that is to come back does`() async throws {
    try await withRuntime { runtime in
      let tasks = try await startSupervised(TaskSupervisor.self)
      let runs = Locked(0)
      try await tasks.startChild(restart: .transient) { _ in
        let run = runs.withLock { runs in
          runs += 1
          return runs
        }
        if run < 3 { throw ExitReason.custom("boom") }
      }
      await runtime.settle()
      #expect(runs.withLock { $0 } == 3)
      #expect(try await tasks.children() == [])
    }
  }

  @Test func `code outside any process runs a supervised task and gets its value`() async throws {
    try await withRuntime { runtime in
      let tasks = try await startSupervised(TaskSupervisor.self)
      #expect(try await tasks.run { _ in 7 } == 7)
      await #expect {
        try await tasks.run { _ in throw ExitReason.custom("boom") }
      } throws: { ($0 as? CallError)?.reason == .custom("boom") }
      #expect(try await tasks.children() == [])
    }
  }

  @Test func `without the supervisor nothing is started or left behind`() async throws {
    try await withRuntime { runtime in
      let error = try await ProcessTask.run(in: runtime) { process in
        do {
          _ = try await TaskSupervisor(process.runtime, name: "none").async(by: process) { _ in 1 }
          return nil as CallError?
        } catch {
          #expect(process.runtime.snapshot(of: process.pid)?.monitoring == [])
          return error as? CallError
        }
      }
      #expect(error?.reason == .noProcess)
    }
  }

  @Test func `a supervisor runs a task supervisor`() async throws {
    try await withRuntime { runtime in
      let root = try await startSupervised(
        Supervisor.self, children: [TaskSupervisor.childSpec(name: "tasks")])
      #expect(try await TaskSupervisor(runtime, name: "tasks").run { _ in 7 } == 7)
      #expect(try await root.whichChildren().map(\.id) == ["tasks"])
    }
  }
}
