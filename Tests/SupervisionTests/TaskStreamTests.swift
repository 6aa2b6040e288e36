import SupervisionTesting
import Testing

@testable import Supervision

@Suite struct TaskWindowTests {
  private let refs = (1...4).map { MonitorRef(number: $0) }

  @Test func `no more tasks run than may`() {
    var window = TaskWindow<Int>(maxConcurrency: 2, isOrdered: true)
    window.start(refs[0])
    #expect(window.hasRoom)
    window.start(refs[1])
    #expect(!window.hasRoom)
    window.end(refs[1], .normal)
    #expect(window.hasRoom)
  }

  @Test func `ordered results wait for those before them`() {
    var window = TaskWindow<Int>(maxConcurrency: 3, isOrdered: true)
    for ref in refs[..<3] { window.start(ref) }
    window.keep(30, of: refs[2])
    window.end(refs[2], .normal)
    window.end(refs[1], .custom("boom"))
    let early = window.takeNext()
    #expect(early == nil)
    window.keep(10, of: refs[0])
    window.end(refs[0], .normal)
    let results = (0..<4).map { _ in window.takeNext() }
    #expect(results == [.success(10), .failure(.custom("boom")), .success(30), nil])
    #expect(window.isIdle)
  }

  @Test func `unordered results come as the tasks end`() {
    var window = TaskWindow<Int>(maxConcurrency: 3, isOrdered: false)
    for ref in refs[..<3] { window.start(ref) }
    window.keep(30, of: refs[2])
    window.end(refs[2], .normal)
    window.keep(10, of: refs[0])
    let results = (0..<2).map { _ in window.takeNext() }
    #expect(results == [.success(30), nil], "a task has ended when its end is known")
    window.end(refs[0], .killed)
    let last = window.takeNext()
    #expect(last == .success(10), "whatever it ended with, its value came before")
  }

  @Test func `what comes of strangers changes nothing`() {
    var window = TaskWindow<Int>(maxConcurrency: 1, isOrdered: false)
    window.keep(1, of: refs[3])
    window.end(refs[3], .normal)
    let result = window.takeNext()
    #expect(result == nil)
  }
}

@Suite struct TaskStreamTests {
  /// Collects what a stream gives to a process.
  private func results<Inputs: Sequence & SendableMetatype, Value: Sendable>(
    trapping: Bool = false,
    _ stream: @escaping @Sendable (ProcessContext) async throws -> TaskStream<Inputs, Value>
  ) async throws -> [Result<Value, ExitReason>] {
    try await withVirtualTime { runtime in
      try await ProcessTask.run(in: runtime, timeout: nil) { process in
        process.isTrappingExits = trapping
        var results: [Result<Value, ExitReason>] = []
        for try await result in try await stream(process) { results.append(result) }
        #expect(try await process.receive(timeout: .zero) == nil, "the mailbox is left as it was")
        return results
      }
    }
  }

  @Test func `results come in the order of the inputs, whoever is first`() async throws {
    let squares = try await results { process in
      ProcessTask.asyncStream(by: process, over: [3, 1, 2], .init(maxConcurrency: 3)) {
        process, number in
        try await process.sleep(for: .seconds(number))
        return number * number
      }
    }
    #expect(squares == [.success(9), .success(1), .success(4)])
  }

  @Test func `unordered results come as soon as they are there`() async throws {
    let squares = try await results { process in
      ProcessTask.asyncStream(
        by: process, over: [3, 1, 2], .init(maxConcurrency: 3, isOrdered: false)
      ) { process, number in
        try await process.sleep(for: .seconds(number))
        return number * number
      }
    }
    #expect(squares == [.success(1), .success(4), .success(9)])
  }

  @Test func `only so many tasks run at a time`() async throws {
    let (running, most) = (Locked(0), Locked(0))
    let done = try await results { process in
      ProcessTask.asyncStream(by: process, over: 1...20, .init(maxConcurrency: 3)) {
        process, number in
        let now = running.withLock { running in
          running += 1
          return running
        }
        most.withLock { $0 = max($0, now) }
        try await process.sleep(for: .seconds(1))
        running.withLock { $0 -= 1 }
      }
    }
    #expect(done.count == 20)
    #expect(most.withLock { $0 } == 3)
  }

  @Test func `an owner that traps exits gets failures among the results`() async throws {
    let numbers = try await results(trapping: true) { process in
      ProcessTask.asyncStream(by: process, over: 1...3) { _, number in
        if number == 2 { throw ExitReason.custom("boom") }
        return number
      }
    }
    #expect(numbers == [.success(1), .failure(.custom("boom")), .success(3)])
  }

  @Test func `a failing task takes an owner along that doesn't`() async throws {
    await #expect {
      try await results { process in
        ProcessTask.asyncStream(by: process, over: 1...3) { _, number in
          if number == 2 { throw ExitReason.custom("boom") }
        }
      }
    } throws: { ($0 as? CallError)?.reason == .custom("boom") }
  }

  @Test func `a task that takes too long is killed, and can be a result`() async throws {
    let numbers = try await results { process in
      ProcessTask.asyncStream(by: process, over: 1...3, .init(onTimeout: .killTask)) {
        process, number in
        process.isTrappingExits = true
        if number == 2 { try await process.sleep(for: .seconds(3600)) }
        return number
      }
    }
    #expect(numbers == [.success(1), .failure(.timeout), .success(3)])
  }

  @Test func `by default a task that takes too long ends the stream and the other tasks`()
    async throws
  {
    try await withVirtualTime { runtime in
      let error = try await ProcessTask.run(in: runtime, timeout: nil) { process in
        let stream = ProcessTask.asyncStream(by: process, over: 1...3, .init(maxConcurrency: 3)) {
          process, number in
          if number == 2 { try await process.sleep(for: .seconds(3600)) }
          _ = try await process.receive(timeout: .seconds(4 * number))
        }
        do {
          for try await _ in stream {}
          return nil as CallError?
        } catch {
          let rest = process.runtime.processCount
          #expect(rest == 1, "the owner alone")
          #expect(process.runtime.now == .seconds(5))
          return error as? CallError
        }
      }
      #expect(error?.exitReason.description == "timeout@stream")
    }
  }

  @Test func `leaving the loop kills the tasks that run`() async throws {
    try await withRuntime { runtime in
      let rest = try await ProcessTask.run(in: runtime, timeout: nil) { process in
        process.isTrappingExits = true
        let endless = ProcessTask.asyncStream(
          by: process, over: sequence(first: 1) { $0 + 1 }, .init(maxConcurrency: 4, timeout: nil)
        ) { process, number in
          if number > 2 { _ = try await process.receive() }
          return number
        }
        for try await result in endless {
          if try result.get() == 2 { break }
        }
        let alive = process.runtime.processCount
        return (alive, try await process.receive(timeout: .zero) == nil)
      }
      #expect(rest.0 == 1, "the owner alone")
      #expect(rest.1, "the mailbox is left as it was")
    }
  }

  @Test func `no exits of tasks are left to an owner that no longer traps them`() async throws {
    try await withRuntime { runtime in
      let isLeftEmpty = try await ProcessTask.run(in: runtime, timeout: nil) { process in
        process.isTrappingExits = true
        let numbers = ProcessTask.asyncStream(by: process, over: 1...6, .init(maxConcurrency: 6)) {
          $1
        }
        for try await _ in numbers {
          // By now the exits of the others have come.
          await process.runtime.settle()
          process.isTrappingExits = false
        }
        return try await process.receive(timeout: .zero) == nil
      }
      #expect(isLeftEmpty)
    }
  }

  @Test func `supervised tasks fail without their owner`() async throws {
    let numbers = try await results { process in
      let tasks = try await TaskSupervisor.startLinked(by: process)
      return tasks.asyncStreamNoLink(by: process, over: 1...3) { _, number in
        if number == 2 { throw ExitReason.custom("boom") }
        return number
      }
    }
    #expect(numbers == [.success(1), .failure(.custom("boom")), .success(3)])
  }

  @Test func `a stream needs as much room as it uses`() async throws {
    await #expect(throws: CallError.self) {
      try await results { process in
        let tasks = try await TaskSupervisor.startLinked(by: process, .init(maxChildren: 1))
        return tasks.asyncStream(by: process, over: 1...3, .init(maxConcurrency: 2)) { process, _ in
          _ = try await process.receive()
        }
      }
    }
  }
}
