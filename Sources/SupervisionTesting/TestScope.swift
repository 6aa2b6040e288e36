internal import Supervision

/// One test's runtime, and what was started in it for the test.
///
/// The supervisor is started with its first child, so a test without any sees no process that is not
/// its own.
final class TestScope: Sendable {
  /// Of the running test.
  @TaskLocal static var current: TestScope?

  static func require() throws -> TestScope {
    guard let current else { throw OutsideTest() }
    return current
  }

  let runtime: Runtime
  private let patience: Duration
  private let supervisor = Locked<Supervisor?>(nil)

  /// - Parameter patience: How long cleaning up may take, in real time: a child that hangs, or whose
  ///   time to stop is counted by a clock that stands still, must not hang the test.
  init(_ runtime: Runtime, patience: Duration = .seconds(10)) {
    self.runtime = runtime
    self.patience = patience
  }

  /// Runs a test's body, cleans up after it and shuts the runtime down.
  func run<Value>(
    leaks: LeakRule, at place: Place, _ body: (Runtime) async throws -> Value
  ) async rethrows -> Value {
    defer { runtime.shutdown() }
    let value: Value
    do {
      value = try await Self.$current.withValue(self) { try await body(runtime) }
    } catch {
      // It had no chance to clean up: what is left is not told.
      await inTime { await self.stopChildren() }
      throw error
    }
    let isClean = await inTime { await self.cleanUp(leaks) }
    reportLeaks(leaks, isClean: isClean, at: place)
    return value
  }

  /// The same inside a simulation, which sees to the runtime and finds out for itself what hangs.
  func runSimulated(
    leaks: LeakRule, at place: Place, _ body: (Runtime) async throws -> Void
  ) async throws {
    do {
      try await Self.$current.withValue(self) { try await body(runtime) }
    } catch {
      await stopChildren()
      throw error
    }
    await cleanUp(leaks)
    reportLeaks(leaks, isClean: true, at: place)
  }
}

// MARK: Children

extension TestScope {
  func startChild(_ spec: ChildSpec) async throws -> PID {
    try await theSupervisor().startChild(spec)
  }

  func stopChild(_ id: String) async throws {
    guard let supervisor = supervisor.withLock({ $0 }) else { throw ChildError.notFound(id) }
    try await supervisor.terminateChild(id)
    do {
      try await supervisor.deleteChild(id)
    } catch ChildError.notFound {
      // It was temporary, and forgotten with its end.
    }
  }

  private func theSupervisor() async throws -> Supervisor {
    if let supervisor = supervisor.withLock({ $0 }) { return supervisor }
    // ExUnit's numbers: a child that fails over and over is the test's affair.
    let fresh = try await Supervisor.start(
      in: runtime, label: "test supervisor", children: [],
      .init(maxRestarts: 1_000_000, within: .seconds(1)))
    let chosen = supervisor.withLock { supervisor -> Supervisor in
      if let supervisor { return supervisor }
      supervisor = fresh
      return fresh
    }
    // Two child tasks of the test began at the same time, and the other was faster.
    if chosen.pid != fresh.pid { try await fresh.stop() }
    return chosen
  }
}

// MARK: Afterwards

extension TestScope {
  /// Stops the children, the last first; then lets those finish who are about to.
  private func cleanUp(_ leaks: LeakRule) async {
    await stopChildren()
    if leaks == .reported { await runtime.settle() }
  }

  private func stopChildren() async {
    // Somebody may have ended the supervisor already; its children went along.
    try? await supervisor.withLock { $0 }?.stop(.shutdown)
  }

  /// Waits for `cleaning`, but not forever. What it waits for is ended by the runtime's shutdown.
  ///
  /// - Returns: False when it took too long.
  @discardableResult
  private func inTime(_ cleaning: @escaping @Sendable () async -> Void) async -> Bool {
    // Nobody is left, or ever was: nothing to wait for, and no tasks to make for waiting.
    if runtime.processCount == 0 { return true }
    let (outcomes, outcome) = AsyncStream.makeStream(of: Bool.self)
    Task {
      await cleaning()
      outcome.yield(true)
    }
    let limit = Task { [patience] in
      try await Task.sleep(for: patience)
      outcome.yield(false)
    }
    defer { limit.cancel() }
    for await isClean in outcomes { return isClean }
    return false
  }

  private func reportLeaks(_ leaks: LeakRule, isClean: Bool, at place: Place) {
    guard leaks == .reported else { return }
    LeakReport(runtime.snapshot, isClean: isClean)?.record(at: place)
  }
}
