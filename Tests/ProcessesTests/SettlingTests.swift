import Testing

@testable import Processes

/// Settling inside a process, which needs no wait where nobody else has anything to do.
@Suite struct SettlingTests {
  /// Runs `body` in a process, and waits for its end.
  private func inProcess(
    workers: Int, _ body: @escaping @Sendable (ProcessContext) async throws -> Void
  ) async {
    let runtime = Runtime(workers: workers)
    defer { runtime.shutdown() }
    let isDone = Locked(false)
    let pid = runtime.spawn { process in
      try await body(process)
      isDone.withLock { $0 = true }
    }
    _ = await runtime.waitForExit(of: pid)
    #expect(isDone.withLock { $0 })
  }

  @Test(arguments: [1, 2, 3]) func `all that was sent has been received, and what follows from it`(
    _ workers: Int
  ) async {
    await inProcess(workers: workers) { process in
      let received = Locked(0)
      let second = await process.spawn { process in
        while true {
          _ = try await process.receive()
          received.withLock { $0 += 1 }
        }
      }
      let first = await process.spawn { process in
        while true {
          _ = try await process.receive()
          process.send(second, "on")
        }
      }
      for round in 1...500 {
        for _ in 0..<round % 7 { process.send(first, "go") }
        #expect(await process.runtime.settle())
        #expect(received.withLock { $0 } == (1...round).reduce(0) { $0 + $1 % 7 })
      }
    }
  }

  @Test func `who runs on another worker is waited for`() async {
    await inProcess(workers: 2) { process in
      for _ in 0..<20 {
        let (hasBegun, hasEnded) = (Locked(false), Locked(false))
        await process.spawn { process in
          hasBegun.withLock { $0 = true }
          let end = process.runtime.now + .milliseconds(2)
          while process.runtime.now < end {}
          hasEnded.withLock { $0 = true }
        }
        // This one keeps its worker, so the other has to take that.
        while !hasBegun.withLock({ $0 }) {}
        #expect(await process.runtime.settle())
        #expect(hasEnded.withLock { $0 })
      }
    }
  }

  @Test func `who settles without end still lets others have their turn`() async {
    await inProcess(workers: 1) { process in
      let isOver = Locked(false)
      _ = process.runtime.schedule(after: .milliseconds(20)) { [runtime = process.runtime] in
        runtime.spawn { _ in isOver.withLock { $0 = true } }
      }
      while !isOver.withLock({ $0 }) { #expect(await process.runtime.settle()) }
    }
  }

  @Test func `a process that was killed meanwhile has not settled`() async {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let answers = Locked<[Bool]>([])
    let pid = runtime.spawn { process in
      var answer = await process.runtime.settle()
      answers.withLock { $0.append(answer) }
      process.exit(process.pid, .kill)
      answer = await process.runtime.settle()
      answers.withLock { $0.append(answer) }
    }
    _ = await runtime.waitForExit(of: pid)
    await runtime.settle()
    #expect(answers.withLock { $0 } == [true, false])
  }
}
