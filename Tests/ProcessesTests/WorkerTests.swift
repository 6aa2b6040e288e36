import CPlatform
import Synchronization
import Testing

@testable import Processes

/// What the workers see to: that nobody waits forever for a thread, and that idle threads sleep.
@Suite struct WorkerTests {
  @Test func `a handler that keeps its thread holds nobody up, not even with one worker`() async {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let isReleased = SharedFlag()
    let stuck = runtime.spawn { _ in
      // Burns its thread, as code without an await can.
      while !isReleased.value { cplatform_relax(0) }
    }
    let other = runtime.spawn { process in _ = try await process.receive() }
    runtime.send(other, "go on")
    #expect(await runtime.waitForExit(of: other, timeout: .seconds(60)) != nil)
    #expect(runtime.isAlive(stuck))
    isReleased.set()
    await runtime.settle()
    #expect(!runtime.isAlive(stuck))
  }

  @Test func `a dead process's code that keeps its thread is not waited for`() async {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let isReleased = SharedFlag()
    let isRunning = SharedFlag()
    let stuck = runtime.spawn { _ in
      isRunning.set()
      while !isReleased.value { cplatform_relax(0) }
    }
    while !isRunning.value { await Task.yield() }
    runtime.exit(stuck, .kill)
    #expect(await runtime.settle(timeout: .seconds(60)))
    #expect(runtime.snapshot.map(\.status) == [.zombie])
    isReleased.set()
    // The worker that took its place, or its own, is as good as before.
    let other = runtime.spawn { process in _ = try await process.receive() }
    runtime.send(other, "go on")
    await runtime.settle()
    #expect(!runtime.isAlive(other))
  }

  @Test func `nor is it after it has waited for something`() async {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let isReleased = SharedFlag()
    let isRunning = SharedFlag()
    let stuck = runtime.spawn { process in
      _ = try await process.receive()
      try await process.sleep(for: .milliseconds(1))
      isRunning.set()
      while !isReleased.value { cplatform_relax(0) }
    }
    runtime.send(stuck, "go on")
    while !isRunning.value { await Task.yield() }
    runtime.exit(stuck, .kill)
    #expect(await runtime.settle(timeout: .seconds(60)))
    isReleased.set()
    let other = runtime.spawn { process in _ = try await process.receive() }
    runtime.send(other, "go on")
    await runtime.settle()
    #expect(!runtime.isAlive(other))
  }

  /// Two processes that always have work, and wake each other, against one that waits in the queue.
  @Test func `who waits in a queue gets its turn, however busy the others keep the worker`() async {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let isOver = SharedFlag()
    func talker() -> PID {
      runtime.spawn { process in
        while case .message(let partner as PID) = try await process.receive(), !isOver.value {
          process.send(partner, process.pid)
        }
      }
    }
    let (one, two) = (talker(), talker())
    runtime.send(one, two)
    let patient = runtime.spawn { process in _ = try await process.receive() }
    runtime.send(patient, "your turn")
    #expect(await runtime.waitForExit(of: patient, timeout: .seconds(60)) != nil)
    isOver.set()
    await runtime.settle()
  }

  /// Each of a chain of processes spawns the next, and then waits for ever: its worker always has work of its own, and
  /// each of its turns ends with a handler that takes the carrier along. With a different number of turns before it.
  @Test(arguments: 0...3)
  func `what comes from outside gets its turn, whatever the worker's own turns are like`(
    _ turnsBefore: Int
  ) async {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    for _ in 0..<turnsBefore {
      runtime.spawn { _ in }
      await runtime.settle()
    }
    let (isQueued, isOver) = (SharedFlag(), SharedFlag())
    let length = Locked(0)
    let limit = 10_000
    @Sendable func link(_ process: ProcessContext) async throws {
      let number = length.withLock { length in
        length += 1
        return length
      }
      if number == 1 {
        _ = OSThread.start(name: "outside") {
          runtime.spawn { _ in isOver.set() }
          isQueued.set()
        }
        while !isQueued.value { cplatform_relax(0) }
      }
      if number < limit, !isOver.value { process.runtime.spawn(link) }
      _ = try await process.receive()
    }
    runtime.spawn(link)
    await runtime.settle()
    let reached = length.withLock { $0 }
    #expect(reached < 100)
  }

  @Test func `processes begin in the order in which they were spawned`() async {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let order = Locked([Int]())
    runtime.spawn { process in
      for number in 0..<100 {
        process.runtime.spawn { _ in order.withLock { $0.append(number) } }
      }
    }
    await runtime.settle()
    #expect(order.withLock { $0 } == Array(0..<100))
  }

  @Test func `a killed handler's task is cancelled, and the next process's is not`() async {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let isRunning = SharedFlag()
    let sawCancellation = SharedFlag()
    let victim = runtime.spawn { _ in
      isRunning.set()
      while !Task.isCancelled { cplatform_relax(0) }
      sawCancellation.set()
    }
    while !isRunning.value { await Task.yield() }
    runtime.exit(victim, .kill)
    while !sawCancellation.value { await Task.yield() }
    let isCancelled = Locked([Bool]())
    for _ in 0..<10 {
      runtime.spawn { _ in isCancelled.withLock { $0.append(Task.isCancelled) } }
    }
    await runtime.settle()
    #expect(isCancelled.withLock { $0 } == Array(repeating: false, count: 10))
  }
}

/// A flag that several threads look at.
final class SharedFlag: Sendable {
  private let flag = Atomic(false)
  var value: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}
