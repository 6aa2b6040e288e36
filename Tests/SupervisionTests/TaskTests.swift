import Supervision
import SupervisionTesting
import Testing

/// What an owner finds out about its tasks, in a process that runs to its end.
@Suite struct TaskTests {
  /// Runs `body` in a process, trapping exits if that is wanted, and returns its value.
  private func own<Value: Sendable>(
    trapping: Bool = false, _ body: @escaping @Sendable (ProcessContext) async throws -> Value
  ) async throws -> Value {
    try await withVirtualTime { runtime in
      try await ProcessTask.run(in: runtime, timeout: nil) { process in
        process.isTrappingExits = trapping
        return try await body(process)
      }
    }
  }

  private func callError(_ body: () async throws -> Void) async -> CallError? {
    do {
      try await body()
      return nil
    } catch {
      return error as? CallError
    }
  }

  // MARK: Await

  @Test func `a task is linked to its owner, is its child, and has its value awaited`() async throws
  {
    let seen = try await own { process in
      let owner = process.pid
      let task = ProcessTask.async(by: process, label: "sum") { task in
        (task.parent == owner, task.label, 1 + 2)
      }
      let (isChild, label, sum) = try await task.await()
      return isChild && label == "sum" && task.owner == owner ? sum : -1
    }
    #expect(seen == 3)
  }

  @Test func `other messages stay in the mailbox while the owner awaits, in order`() async throws {
    let seen = try await own { process in
      process.send(process.pid, "before")
      let task = ProcessTask.async(by: process) { _ in 7 }
      process.send(process.pid, "after")
      var seen = ["\(try await task.await())"]
      while case .message(let text as String)? = try await process.receive(timeout: .zero) {
        seen.append(text)
      }
      return seen
    }
    #expect(seen == ["7", "before", "after"])
  }

  @Test func `nothing more comes from an awaited task`() async throws {
    let rest = try await own { process in
      let task = ProcessTask.async(by: process) { _ in 7 }
      _ = try await task.await()
      process.runtime.exit(task.pid, .kill)
      return try await (task.yield(timeout: .seconds(1)), process.receive(timeout: .zero))
    }
    #expect(rest.0 == nil)
    #expect(rest.1 == nil)
  }

  @Test func `a task that fails takes its owner along`() async throws {
    let error = await callError {
      try await own { process in
        let task = ProcessTask<Int>.async(by: process) { _ in throw ExitReason.custom("boom") }
        _ = try await task.await()
      }
    }
    #expect(error?.reason == .custom("boom"))
  }

  @Test func `an owner that traps exits sees the failure where it awaits`() async throws {
    let seen = try await own(trapping: true) { process in
      let task = ProcessTask<Int>.async(by: process) { _ in throw ExitReason.custom("boom") }
      let error = await callError { _ = try await task.await() }
      return (error?.exitReason.description, error?.target == .pid(task.pid))
    }
    #expect(seen.0 == "boom@await")
    #expect(seen.1)
  }

  @Test func `an awaiting caller fails after the timeout, and takes the task along`() async throws {
    await withVirtualTime { runtime in
      let pids = Locked([PID]())
      let owner = runtime.spawn { process in
        let task = ProcessTask<Void>.async(by: process) { process in
          try await process.sleep(for: .seconds(3600))
        }
        pids.withLock { $0 = [task.pid] }
        try await task.await()
      }
      await runtime.settle()
      // From the events: with time that jumps, the owner may be dead before anybody waits for its end.
      let reasons = runtime.events.recent().compactMap { event -> ExitReason? in
        if case .exited(let who, let reason) = event.kind, who.pid == owner { reason } else { nil }
      }
      #expect(reasons == [.callFailed(.await, .timeout)])
      #expect(runtime.now == .seconds(5))
      #expect(pids.withLock { $0.map { runtime.isAlive($0) } } == [false])
    }
  }

  @Test func `a result that comes after the timeout leaves no trace`() async throws {
    let rest = try await own(trapping: true) { process in
      let task = ProcessTask.async(by: process) { process in
        try await process.sleep(for: .seconds(2))
        return 7
      }
      let error = await callError { _ = try await task.await(timeout: .seconds(1)) }
      try await process.sleep(for: .seconds(2))
      guard case .exit(let exit)? = try await process.receive(timeout: .zero) else {
        return ["none"]
      }
      let next = try await process.receive(timeout: .zero)
      return [
        error?.reason.description ?? "none", exit.reason.description,
        next.map { "\($0)" } ?? "none",
      ]
    }
    // The link is still there, so its exit signal is; the value and the monitor's message are not.
    #expect(rest == ["timeout", "normal", "none"])
  }

  // MARK: Owners

  @Test func `only the owner can ask a task`() async throws {
    struct Smuggled: @unchecked Sendable {
      let task: ProcessTask<Int>
    }
    let seen = try await own { process in
      let task = ProcessTask.async(by: process) { _ in 7 }
      let smuggled = Smuggled(task: task)
      let thief = ProcessTask.async(by: process) { thief in
        do {
          _ = try await smuggled.task.await()
          return "awaited"
        } catch let error as TaskError {
          guard case .notOwner(let task, let owner, let caller) = error else { return "?" }
          let isRight = task == smuggled.task.pid && owner == smuggled.task.owner
          return isRight && caller == thief.pid ? error.description : "?"
        }
      }
      let description = try await thief.await()
      return (description, "task \(task.pid) belongs to \(process.pid)", try await task.await())
    }
    #expect(seen.0.hasPrefix(seen.1))
    #expect(seen.0.contains("must be queried from there, but was queried from <0."))
    #expect(seen.2 == 7)
  }

  // MARK: Many

  @Test func `thousands that ended before they are awaited leave nothing behind`() async throws {
    let (values, left) = try await own { process in
      let tasks = (0..<5000).map { number in ProcessTask.async(by: process) { _ in number } }
      for task in tasks { _ = await process.runtime.waitForExit(of: task.pid) }
      let values = try await ProcessTask.awaitMany(tasks.reversed(), timeout: nil)
      return (values, try await process.receive(timeout: .zero) { $0 })
    }
    #expect(values == (0..<5000).reversed())
    #expect(left == nil)
  }

  @Test func `values of many tasks come in the order of the tasks`() async throws {
    let values = try await own { process in
      let tasks = [3, 1, 2].map { seconds in
        ProcessTask.async(by: process) { process in
          try await process.sleep(for: .seconds(seconds))
          return seconds
        }
      }
      return try await ProcessTask.awaitMany(tasks)
    }
    #expect(values == [3, 1, 2])
  }

  @Test func `the first of many that fails is named, and the others are let go`() async throws {
    let seen = try await own(trapping: true) { process in
      let slow = ProcessTask<Int>.async(by: process) { process in
        try await process.sleep(for: .seconds(2))
        return 1
      }
      let bad = ProcessTask<Int>.async(by: process) { _ in throw ExitReason.custom("boom") }
      let error = await callError { _ = try await ProcessTask.awaitMany([slow, bad]) }
      try await process.sleep(for: .seconds(3))
      // Both are linked; nothing else of the slow one is left.
      var exits: [ExitReason] = []
      while case .exit(let exit)? = try await process.receive(timeout: .zero) {
        exits.append(exit.reason)
      }
      return (error?.target == .pid(bad.pid), error?.reason, exits)
    }
    #expect(seen.0)
    #expect(seen.1 == .custom("boom"))
    #expect(seen.2 == [.custom("boom"), .normal])
  }

  @Test func `many tasks share one timeout`() async throws {
    let seen = try await own(trapping: true) { process in
      let tasks = [3, 4, 9].map { seconds in
        ProcessTask.async(by: process) { process in
          try await process.sleep(for: .seconds(seconds))
        }
      }
      let error = await callError { _ = try await ProcessTask.awaitMany(tasks) }
      return (error?.target == .pid(tasks[2].pid), error?.reason, process.runtime.now)
    }
    #expect(seen.0)
    #expect(seen.1 == .timeout)
    #expect(seen.2 == .seconds(5))
  }

  @Test func `yielding to many tells of each whether it is done`() async throws {
    let seen = try await own(trapping: true) { process in
      let tasks = [
        ProcessTask.async(by: process) { _ in 1 },
        ProcessTask.async(by: process) { process in
          try await process.sleep(for: .seconds(9))
          return 2
        },
        ProcessTask.async(by: process) { _ in throw ExitReason.custom("boom") },
      ]
      let first = try await ProcessTask.yieldMany(tasks)
      let then = try await tasks[1].yield()
      return (first, then, process.runtime.now)
    }
    #expect(seen.0 == [.success(1), nil, .failure(.custom("boom"))])
    #expect(seen.1 == .success(2))
    #expect(seen.2 == .seconds(9))
  }

  // MARK: Yield, shutdown, ignore

  @Test func `a yield may be tried again`() async throws {
    let seen = try await own { process in
      let task = ProcessTask.async(by: process) { process in
        try await process.sleep(for: .seconds(3))
        return 7
      }
      let first = try await task.yield(timeout: .seconds(1))
      return (first, try await task.yield())
    }
    #expect(seen.0 == nil)
    #expect(seen.1 == .success(7))
  }

  @Test func `shutting down tells what the task came to`() async throws {
    typealias Row = (
      name: String, how: ChildSpec.Shutdown, isReady: Bool,
      body: @Sendable (ProcessContext) async throws -> Int, outcome: Result<Int, ExitReason>?
    )
    let hour = Duration.seconds(3600)
    let rows: [Row] = [
      (
        "runs", .after(.seconds(1)), false,
        {
          try await $0.sleep(for: hour); return 1
        }, nil
      ),
      (
        "runs", .brutalKill, false,
        {
          try await $0.sleep(for: hour); return 1
        }, nil
      ),
      (
        "runs", .infinity, false,
        {
          try await $0.sleep(for: hour); return 1
        }, nil
      ),
      ("is done", .after(.seconds(1)), true, { _ in 7 }, .success(7)),
      ("is done", .brutalKill, true, { _ in 7 }, .success(7)),
      (
        "failed", .after(.seconds(1)), true, { _ in throw ExitReason.custom("boom") },
        .failure(.custom("boom"))
      ),
      ("was shut down", .after(.seconds(1)), true, { _ in throw ExitReason.shutdown }, nil),
      ("was shut down", .brutalKill, true, { _ in throw ExitReason.shutdown }, .failure(.shutdown)),
      (
        "traps exits", .after(.seconds(1)), false,
        {
          $0.isTrappingExits = true
          try await $0.sleep(for: hour)
          return 1
        }, .failure(.killed)
      ),
      (
        "ends otherwise", .after(.seconds(1)), false,
        { process in
          process.isTrappingExits = true
          _ = try await process.receive()
          throw ExitReason.custom("bye")
        }, .failure(.custom("bye"))
      ),
      (
        "answers all the same", .after(.seconds(1)), false,
        { process in
          process.isTrappingExits = true
          _ = try await process.receive()
          return 7
        }, .success(7)
      ),
    ]
    for row in rows {
      let seen = try await own(trapping: true) { process in
        let task = ProcessTask.async(by: process) { try await row.body($0) }
        // Until it is done, or has begun to wait.
        try await process.sleep(for: .milliseconds(1))
        let outcome = try await task.shutdown(row.how)
        let rest = try await process.receive(timeout: .zero)
        return (outcome, process.runtime.isAlive(task.pid), rest)
      }
      #expect(seen.0 == row.outcome, "\(row.name), \(row.how)")
      #expect(!seen.1)
      if row.isReady {
        guard case .exit? = seen.2 else {
          Issue.record("\(row.name): an end before the shutdown is an exit signal")
          continue
        }
      } else {
        #expect(seen.2 == nil, "\(row.name), \(row.how)")
      }
    }
  }

  @Test func `an awaited task has nothing more to tell when it is shut down`() async throws {
    let outcome = try await own { process in
      let task = ProcessTask.async(by: process) { _ in 7 }
      _ = try await task.await()
      try await process.sleep(for: .milliseconds(1))
      return try await task.shutdown()
    }
    #expect(outcome == .failure(.noProcess))
  }

  @Test func `an ignored task runs on without its owner`() async throws {
    try await withVirtualTime { runtime in
      let done = Locked(false)
      let outcome = try await ProcessTask.run(in: runtime) { process in
        let task = ProcessTask<Void>.async(by: process) { task in
          try await task.sleep(for: .seconds(60))
          done.withLock { $0 = true }
        }
        return try await task.ignore() == nil
      }
      #expect(outcome)
      await runtime.settle()
      #expect(done.withLock { $0 })
    }
  }

  @Test func `ignoring a finished task tells what it came to`() async throws {
    let seen = try await own(trapping: true) { process in
      let good = ProcessTask.async(by: process) { _ in 7 }
      let bad = ProcessTask<Int>.async(by: process) { _ in throw ExitReason.custom("boom") }
      try await process.sleep(for: .milliseconds(1))
      return try await [good.ignore(), bad.ignore()]
    }
    #expect(seen == [.success(7), .failure(.custom("boom"))])
  }

  // MARK: For their effect

  @Test func `a started task is nobody's, a linked one shares its starter's fate`() async throws {
    await withVirtualTime { runtime in
      let pids = Locked([PID]())
      let starter = runtime.spawn { process in
        let free = ProcessTask.start(in: process.runtime) { _ = try await $0.receive() }
        let linked = ProcessTask.startLinked(by: process) { _ = try await $0.receive() }
        pids.withLock { $0 = [free, linked] }
        throw ExitReason.custom("boom")
      }
      _ = await runtime.waitForExit(of: starter)
      let (free, linked) = pids.withLock { ($0[0], $0[1]) }
      #expect(runtime.isAlive(free))
      #expect(!runtime.isAlive(linked))
    }
  }

  @Test func `a supervised task is not started again`() async throws {
    try await withRuntime { runtime in
      let runs = Locked(0)
      let spec = ProcessTask.childSpec { _ in
        runs.withLock { $0 += 1 }
        throw ExitReason.custom("boom")
      }
      #expect(spec.restart == .temporary)
      let supervisor = try await Supervisor.start(
        in: runtime, children: [spec, spec.with(id: "again", restart: .transient)],
        .init(maxRestarts: 1))
      await runtime.settle()
      #expect(!runtime.isAlive(try #require(supervisor.pid)))
      #expect(runs.withLock { $0 } == 3)
    }
  }

  // MARK: Outside

  @Test func `code outside any process runs a task and gets its value`() async throws {
    try await withVirtualTime { runtime in
      async let one = ProcessTask.run(in: runtime) { _ in 1 }
      async let two = ProcessTask.run(in: runtime) { process in
        try await process.sleep(for: .seconds(1))
        return 2
      }
      let sum = try await one + two
      #expect(sum == 3)
      #expect(runtime.processCount == 0)
    }
  }

  @Test func `what ends a task, ends the wait of code outside`() async throws {
    await withVirtualTime { runtime in
      let boom = await callError {
        try await ProcessTask.run(in: runtime) { _ in throw ExitReason.custom("boom") }
      }
      #expect(boom?.reason == .custom("boom"))
      let late = await callError {
        try await ProcessTask.run(in: runtime) { try await $0.sleep(for: .seconds(3600)) }
      }
      #expect(late?.reason == .timeout)
      #expect(runtime.processCount == 0)
    }
  }

  @Test func `cancelling the waiting Swift task ends the process`() async throws {
    await withRuntime { runtime in
      let pid = Locked<PID?>(nil)
      let waiting = _Concurrency.Task {
        try await ProcessTask<Void>.run(in: runtime, timeout: nil) { process in
          pid.withLock { $0 = process.pid }
          while true { _ = try await process.receive() }
        }
      }
      while pid.withLock({ $0 }) == nil { await _Concurrency.Task.yield() }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      #expect(runtime.processCount == 0)
    }
  }
}
