internal import Supervision

/// On what a scenario runs.
enum Schedule: Sendable {
  /// Worker threads, on a clock that jumps.
  case threads(workers: Int?)
  /// One thread, in an order drawn from the seed.
  case simulated(seed: UInt64)

  /// Runs a scenario in a fresh runtime, and returns its trace.
  func run(_ scenario: Scenario) async throws -> JSON {
    switch self {
    case .simulated(let seed):
      var simulation = Simulation(seed: seed)
      simulation.stepLimit = 1_000_000
      return try simulation.run { runtime in try await scenario.trace(in: runtime) }
    case .threads(let workers):
      var configuration = Runtime.Configuration()
      if let workers { configuration.workers = workers }
      let runtime = Runtime(configuration, clock: VirtualClock(isAutoAdvancing: true))
      defer { runtime.shutdown() }
      // A scenario that hangs must not hold up the others: after a while all its processes end, and
      // with them whatever it waits for.
      let watchdog = _Concurrency.Task {
        try await _Concurrency.Task.sleep(for: .seconds(30))
        runtime.shutdown()
      }
      defer { watchdog.cancel() }
      return try await scenario.trace(in: runtime)
    }
  }
}

extension Scenario {
  /// What happens when the scenario is run.
  fileprivate func trace(in runtime: Runtime) async throws -> JSON {
    let recorder = Recorder(runtime)
    let steps =
      switch category {
      case .signals: try await SignalsScenario(content, recorder).run()
      case .supervisor, .dynamicSupervisor: try await TreeScenario(content, recorder).run()
      case .genServer: try await ServerScenario(content, recorder).run()
      case .kv: try await BucketScenario(content, recorder).run()
      }
    return ["name": .string(name), "trace": ["steps": .array(steps)]]
  }
}
