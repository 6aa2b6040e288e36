/// One run of a system under a schedule that follows from a seed.
///
///     let seen = try Simulation(seed: 7).run { runtime in
///       let pid = runtime.spawn { process in … }
///       await runtime.settle()
///       return runtime.isAlive(pid)
///     }
///
/// Body and processes run on the calling thread, one at a time, in an order that the seed determines;
/// time is virtual and jumps when nothing can happen before the next timer and somebody sleeps or the
/// body waits. The same seed gives the same run, in this program and the next.
///
/// What escapes the runtime, escapes the simulation: a plain `Task {}` or `Task.sleep`, an actor with
/// an executor of its own, anything that completes on a thread. Awaiting such a thing ends the run with
/// `SimulationError.foreignAwait`. In processes, `process.sleep` and `process.spawn` take their place.
public struct Simulation: Sendable {
  public let seed: UInt64
  /// After how many steps a run that does not end is given up.
  public var stepLimit = 50_000_000
  public var configuration = Runtime.Configuration()

  public init(seed: UInt64) { self.seed = seed }

  /// Runs `body` with a runtime of its own, which is shut down afterwards.
  ///
  /// - Throws: What the body throws; `SimulationError` when the run could not be simulated.
  public func run<Value: Sendable>(
    _ body: @escaping @Sendable (Runtime) async throws -> Value
  ) throws -> Value {
    let clock = VirtualClock()
    let scheduler = SimulatedScheduler(seed: seed, clock: clock, stepLimit: stepLimit)
    let runtime = Runtime(configuration, scheduler: scheduler, timers: clock)
    defer { runtime.shutdown() }
    let outcome = Locked<Result<Value, any Error>?>(nil)
    scheduler.run(runtime) {
      let result: Result<Value, any Error>
      do { result = .success(try await body(runtime)) } catch { result = .failure(error) }
      outcome.withLock { $0 = result }
    }
    if let problem = scheduler.problem { throw problem }
    guard let result = outcome.withLock({ $0 }) else { throw SimulationError.standstill }
    return try result.get()
  }
}

/// A run could not be simulated.
public enum SimulationError: Error, Hashable, Sendable {
  /// Code awaits something outside the runtime; these processes, or the body when there are none.
  case foreignAwait([String])
  /// The body waits for something that will never happen.
  case standstill
  /// The run did not end; these processes were busy.
  case endless(steps: Int, busy: [String])
}

extension SimulationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .foreignAwait(let processes):
      """
      \(processes.isEmpty ? "the simulation's body" : processes.joined(separator: ", ")) awaits \
      something outside the runtime, at a moment that no seed determines: a Task, Task.sleep, an \
      executor or a callback. Use the runtime's own means instead, such as process.sleep and \
      process.spawn
      """
    case .standstill:
      """
      nothing can happen any more, and the simulation's body still waits: for an answer that nobody \
      will give, or a message that nobody will send. Give the wait a timeout to see which
      """
    case .endless(let steps, let busy):
      """
      the system was still busy after \(steps) steps (\(busy.joined(separator: ", "))): something \
      sends itself messages without end. Raise stepLimit if the run is meant to be that long
      """
    }
  }
}
