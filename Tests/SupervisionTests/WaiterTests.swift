import Supervision
import Synchronization
import Testing

@testable import Processes

/// Calls, as far as they are the runtime's own: who waits, and what is used again.
@Suite struct WaiterTests {
  @Test func `a late answer to a call that has timed out does not end the next`() async throws {
    let runtime = Runtime(workers: 2)
    defer { runtime.shutdown() }
    let keeper = try await Keeper.start(in: runtime) { _ in Keeper() }
    // The caller may be gone before anybody waits for its exit.
    let isDone = Mutex(false)
    let caller = runtime.spawn { process in
      for _ in 0..<50 {
        // Kept by the server until the next call is under way.
        await #expect(throws: CallError.self) {
          try await keeper.call(timeout: .milliseconds(1)) { .keep($0) }
        }
        let answer = try await keeper.call { .answerBoth($0) }
        #expect(answer == "second")
      }
      isDone.withLock { $0 = true }
    }
    _ = await runtime.waitForExit(of: caller)
    #expect(isDone.withLock { $0 })
  }

  @Test func `who keeps an address for an answer does not keep the runtime`() async throws {
    let kept = Locked<ReplyTo<Int>?>(nil)
    weak var ended: Runtime?
    do {
      let runtime = Runtime(workers: 1)
      ended = runtime
      let doubler = try await Doubler.start(in: runtime) { _ in Doubler() }
      _ = try await doubler.call { reply in
        kept.withLock { $0 = reply }
        return .double(1, reply)
      }
      runtime.shutdown()
    }
    // Its threads end by and by.
    let deadline = ContinuousClock.now + .seconds(60)
    while ended != nil, .now < deadline { await _Concurrency.Task.yield() }
    // Outside of `#expect`, which would look into it, and cannot.
    let isGone = ended == nil
    #expect(isGone)
    withExtendedLifetime(kept) {}
  }

  /// The waiter stays with the timers from one call to the next, and is looked at there several times meanwhile.
  @Test(arguments: [100, 150])
  func `after many calls, one that gets no answer ends at its own limit`(
    _ milliseconds: Int
  ) async throws {
    let runtime = Runtime(workers: 2)
    defer { runtime.shutdown() }
    let echo = try await Doubler.start(in: runtime) { _ in Doubler() }
    let keeper = try await Keeper.start(in: runtime) { _ in Keeper() }
    let limit = Duration.milliseconds(milliseconds)
    let times = Mutex<[Duration]>([])
    let caller = runtime.spawn { process in
      for pause in [0, 30, 120, 250] as [Int] {
        let begin = process.runtime.now
        repeat {
          _ = try await echo.call(timeout: limit) { .double(1, $0) }
        } while process.runtime.now - begin < .milliseconds(pause)
        let start = process.runtime.now
        let error = await #expect(throws: CallError.self) {
          try await keeper.call(timeout: limit) { .keep($0) }
        }
        #expect(error?.reason == .timeout)
        times.withLock { $0.append(process.runtime.now - start) }
      }
    }
    _ = await runtime.waitForExit(of: caller)
    let measured = times.withLock { $0 }
    #expect(measured.count == 4)
    #expect(measured.allSatisfy { $0 >= limit }, "too early: \(measured)")
  }

  @Test func `a process that dies between two calls leaves nothing with the timers`() async throws {
    let runtime = Runtime(workers: 2)
    defer { runtime.shutdown() }
    let echo = try await Doubler.start(in: runtime) { _ in Doubler() }
    for _ in 0..<200 {
      let caller = runtime.spawn { process in
        _ = try await echo.call(timeout: .milliseconds(100)) { .double(1, $0) }
        _ = try await process.receive { _ in nil as Int? }
      }
      await runtime.settle()
      runtime.exit(caller, .kill)
    }
    // As long as the timers might still look.
    try await runtime.sleep(for: .milliseconds(250))
  }

  @Test func `child tasks may call at the same time`() async throws {
    let runtime = Runtime(workers: 2)
    defer { runtime.shutdown() }
    let echo = try await Doubler.start(in: runtime) { _ in Doubler() }
    let isDone = Mutex(false)
    let caller = runtime.spawn { _ in
      for round in 0..<100 {
        async let first = echo.call { .double(round, $0) }
        async let second = echo.call { .double(round + 1, $0) }
        let third = try await echo.call { .double(round + 2, $0) }
        #expect(try await [first, second, third] == [2 * round, 2 * round + 2, 2 * round + 4])
      }
      isDone.withLock { $0 = true }
    }
    _ = await runtime.waitForExit(of: caller)
    #expect(isDone.withLock { $0 })
  }

  @Test func `a handle on a server of a runtime that was shut down leads to nobody`() async throws {
    let runtime = Runtime(workers: 1)
    let echo = try await Doubler.start(in: runtime) { _ in Doubler() }
    let named = ServerRef<Doubler.Message>(runtime, name: "nobody")
    runtime.shutdown()
    echo.cast(.double(1, .nobody))
    for handle in [echo, named] {
      let error = await #expect(throws: CallError.self) {
        try await handle.call { .double(1, $0) }
      }
      #expect(error?.reason == .noProcess)
    }
    #expect(named.pid == nil)
    // Nothing starts there either.
    await #expect(throws: StartError.self) {
      try await Doubler.start(in: echo.runtime) { _ in Doubler() }
    }
  }

  @Test func `a process of one runtime calls a server of another`() async throws {
    let (here, there) = (Runtime(workers: 1), Runtime(workers: 1))
    defer {
      here.shutdown()
      there.shutdown()
    }
    let echo = try await Doubler.start(in: there) { _ in Doubler() }
    let answers = Mutex<[Int]>([])
    let caller = here.spawn { _ in
      for number in 1...3 {
        let answer = try await echo.call { .double(number, $0) }
        answers.withLock { $0.append(answer) }
      }
    }
    _ = await here.waitForExit(of: caller)
    #expect(answers.withLock { $0 } == [2, 4, 6])
  }
}

private struct Doubler: GenServer {
  enum Message: Sendable { case double(Int, ReplyTo<Int>) }

  func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .double(let number, let reply): reply(2 * number)
    }
    return .receive
  }
}

private struct Keeper: GenServer {
  enum Message: Sendable {
    case keep(ReplyTo<String>)
    case answerBoth(ReplyTo<String>)
  }

  var kept: ReplyTo<String>?

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .keep(let reply): kept = reply
    case .answerBoth(let reply):
      kept?("first")
      reply("second")
    }
    return .receive
  }
}
