public import Supervision
internal import Testing

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Runs a test's body under many schedules, each drawn from a seed, and reports the first that fails.
///
///     @Test func `no name leads to a dead process`() async throws {
///       try await simulate(seeds: 0..<1000) { runtime in
///         …
///         #expect(…)
///       }
///     }
///
/// A seed fails when the body throws, when an expectation in it does not hold, or when the run cannot
/// be simulated (see `Simulation`). The failing seed is replayed: what is reported comes from the
/// replay and bears the seed, and a replay that succeeds means that something takes part which no seed
/// determines. Seeds after it are not tried.
///
/// To run one seed alone, say `seeds: 17...17`, or set `SIMULATION_SEED=17` in the environment.
///
/// - Parameters:
///   - seeds: One run each, in this order.
///   - leaks: Whether processes may outlive the body; what `startSupervised` started is stopped.
/// - Throws: `SimulationFailure`, with the seed and the last events of the run.
public func simulate(
  seeds: some Sequence<UInt64> & Sendable, leaks: LeakRule = .allowed,
  fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column,
  _ body: @escaping @Sendable (Runtime) async throws -> Void
) async throws {
  let place = Place(fileID: fileID, filePath: filePath, line: line, column: column)
  let chosen = getenv("SIMULATION_SEED").flatMap { UInt64(String(cString: $0)) }
  for seed in chosen.map({ [$0] }) ?? Array(seeds) {
    // A run keeps its thread, and Swift has few; other tests, whose calls have a limit of time, want one.
    await Task.yield()
    let run = SeededRun(seed: seed) { runtime in
      try await TestScope(runtime).runSimulated(leaks: leaks, at: place, body)
    }
    guard await run.fails(reportingIssues: false) != nil else { continue }
    guard let failure = await run.fails(reportingIssues: true) else {
      throw SimulationFailure(seed: seed, error: nil, events: [])
    }
    // Expectations that failed have been reported; an error has yet to be.
    if let error = failure.error {
      throw SimulationFailure(seed: seed, error: error, events: failure.events)
    }
    return
  }
}

/// A simulated test failed, by throwing or in a way that its seed does not repeat.
public struct SimulationFailure: Error, CustomStringConvertible {
  public let seed: UInt64
  /// What the body threw; nil when the replay succeeded.
  public let error: (any Error)?
  /// The last events of the run, oldest first.
  public let events: [RuntimeEvent]

  public var description: String {
    guard let error else {
      return """
        seed \(seed) failed, and succeeded when it was replayed: something takes part that no seed \
        determines, such as a clock, a thread, or the order of a dictionary
        """
    }
    let story = events.map { "\n  \($0)" }.joined()
    return """
      \(error) (seed \(seed); SIMULATION_SEED=\(seed) replays it). The last events:\(story)
      """
  }
}

/// One seed's run of a test's body.
private struct SeededRun: Sendable {
  struct Failure: Sendable {
    var error: (any Error)?
    var events: [RuntimeEvent]
  }

  let seed: UInt64
  let body: @Sendable (Runtime) async throws -> Void

  /// Runs once.
  ///
  /// - Parameter reportingIssues: Whether failed expectations count for the test, or are only noticed.
  func fails(reportingIssues: Bool) async -> Failure? {
    let notes = Notes()
    let attempt: @Sendable () -> Void = {
      do {
        try Simulation(seed: seed).run { runtime in
          defer { notes.events = runtime.events.recent(20) }
          try await body(runtime)
        }
      } catch {
        notes.error = error
      }
    }
    if let test = Test.current {
      let trait: IssueHandlingTrait = .compactMapIssues { issue in
        notes.hasIssues = true
        guard reportingIssues else { return nil }
        var issue = issue
        issue.comments.append("seed \(seed); SIMULATION_SEED=\(seed) replays it")
        return issue
      }
      do {
        try await trait.provideScope(for: test, testCase: Test.Case.current, performing: attempt)
      } catch {
        notes.error = error
      }
    } else {
      attempt()
    }
    guard notes.hasIssues || notes.error != nil else { return nil }
    return Failure(error: notes.error, events: notes.events)
  }
}

/// What one run leaves behind.
///
/// `@unchecked Sendable`: a simulation runs on one thread, which also reads this afterwards.
private final class Notes: @unchecked Sendable {
  var hasIssues = false
  var error: (any Error)?
  var events: [RuntimeEvent] = []
}
