import Supervision
import SupervisionTesting
import Testing

/// The moments in which a task ends and its owner loses patience meet in every order.
@Suite struct TaskRaceTests {
  /// What the owner got, and what is left in its mailbox.
  private struct Seen: Hashable {
    var outcome: Result<Int, ExitReason>?
    var rest: [String]
  }

  private func seen(
    seed: UInt64, trapping: Bool = false, supervised: Bool = false,
    _ give: @escaping @Sendable (ProcessTask<Int>) async throws -> Result<Int, ExitReason>?
  ) throws -> Seen {
    try Simulation(seed: seed).run { runtime in
      let tasks = try await TaskSupervisor.start(in: runtime)
      return try await ProcessTask.run(in: runtime, timeout: nil) { process in
        process.isTrappingExits = trapping
        let body: @Sendable (ProcessContext) async throws -> Int = { process in
          try await process.sleep(for: .seconds(1))
          return 7
        }
        let task =
          supervised
          ? try await tasks.async(by: process, body) : ProcessTask.async(by: process, body)
        try await process.sleep(for: .seconds(1))
        let outcome = try await give(task)
        try await process.sleep(for: .seconds(1))
        var rest: [String] = []
        while let info = try await process.receive(timeout: .zero) { rest.append("\(info)") }
        return Seen(outcome: outcome, rest: rest)
      }
    }
  }

  private let seeds: Range<UInt64> = 0..<100

  @Test(arguments: [false, true]) func `a task that ends while it is shut down`(
    _ supervised: Bool
  ) throws {
    let seen = try Set(
      seeds.map { try self.seen(seed: $0, supervised: supervised) { try await $0.shutdown() } })
    #expect(
      seen == [Seen(outcome: nil, rest: []), Seen(outcome: .success(7), rest: [])])
  }

  @Test func `a task that ends while it is ignored`() throws {
    let seen = try Set(seeds.map { try self.seen(seed: $0) { try await $0.ignore() } })
    #expect(seen == [Seen(outcome: nil, rest: []), Seen(outcome: .success(7), rest: [])])
  }

  @Test func `a task that ends while its owner stops waiting`() throws {
    let seen = try Set(
      seeds.map { seed in
        try self.seen(seed: seed) { task in
          do {
            return .success(try await task.await(timeout: .zero))
          } catch let error as CallError {
            return .failure(error.reason)
          }
        }
      })
    #expect(
      seen == [Seen(outcome: .failure(.timeout), rest: []), Seen(outcome: .success(7), rest: [])])
  }
}
