/// A clock that stands still until it is told to move.
///
/// For tests of what depends on time: nothing waits for real, and what is due happens in the order of
/// its deadlines.
///
///     let clock = VirtualClock()
///     let runtime = Runtime(clock: clock)
///     _ = runtime.send(pid, "wake up", after: .seconds(3600))
///     await clock.advance(by: .seconds(3600))   // pid has handled its message when this returns
///
/// An *auto-advancing* clock moves by itself: when nothing can happen before the next timer, and
/// somebody sleeps or waits outside for an answer, it jumps there. Differs from `Simulation` in that
/// worker threads run the processes, so the order of what happens at one moment is left to them.
public final class VirtualClock: Sendable {
  private struct State {
    var now: Int64 = 0
    var queue = TimerQueue<@Sendable () -> Void>()
    /// From its start until it is shut down.
    var runtime: Runtime?
    var isTaken = false
  }

  public let isAutoAdvancing: Bool
  private let state = Locked(State())
  private let driver: ClockDriver?

  public init(isAutoAdvancing: Bool = false) {
    self.isAutoAdvancing = isAutoAdvancing
    driver = isAutoAdvancing ? ClockDriver() : nil
  }

  /// Time since the runtime's start.
  public var now: Duration { .nanoseconds(nanoseconds) }

  /// Moves the clock, step by step: at each deadline on the way, what is due happens, and everything
  /// that follows from it until nothing can happen before the next.
  public func advance(by duration: Duration) async {
    let target = state.withLock { $0.now.addingClamped(duration.clampedNanoseconds) }
    await runtime?.waitUntilQuiet()
    while let action = popNext(until: target) {
      runtime?.settlement.act(action)
      await runtime?.waitUntilQuiet()
    }
    state.withLock { $0.now = max($0.now, target) }
  }

  private var runtime: Runtime? { state.withLock { $0.runtime } }

  /// Jumps to the next timer that is due until `limit`, and takes it.
  package func popNext(until limit: Int64 = .max) -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard let deadline = state.queue.nextDeadline, deadline <= limit else { return nil }
      state.now = max(state.now, deadline)
      return state.queue.popDue(at: state.now)
    }
  }

  /// Whether a timer is due at this very moment.
  package var hasDue: Bool {
    state.withLock { state in
      state.queue.nextDeadline.map { $0 <= state.now } ?? false
    }
  }
}

extension VirtualClock: TimerService {
  package var nanoseconds: Int64 { state.withLock { $0.now } }

  package func schedule(
    after delay: Duration, _ action: @escaping @Sendable () -> Void
  ) -> TimerRef {
    let timer = state.withLock { state in
      state.queue.insert(
        deadline: state.now.addingClamped(delay.clampedNanoseconds), action)
    }
    // Everybody may be waiting already, and only this timer may be able to go on.
    driver?.wake()
    return timer
  }

  package func cancel(_ timer: TimerRef) -> Duration? {
    state.withLock { state in
      state.queue.remove(timer).map { .nanoseconds(max(0, $0.deadline - state.now)) }
    }
  }

  package func start(for runtime: Runtime) {
    state.withLock { state in
      precondition(
        !state.isTaken, "a VirtualClock serves one runtime: make another clock for this one")
      state.isTaken = true
      state.runtime = runtime
    }
    driver?.start { [weak self, settlement = runtime.settlement] in
      guard settlement.mayJump, let action = self?.popNext() else { return nil }
      return { settlement.act(action) }
    }
  }

  package func stop() {
    driver?.stop()
    let left = state.withLock { state -> (Runtime?, TimerQueue<@Sendable () -> Void>) in
      defer {
        state.runtime = nil
        state.queue = TimerQueue()
      }
      return (state.runtime, state.queue)
    }
    _ = left
  }

  package var whenQuiet: (@Sendable () -> Void)? {
    guard let driver else { return nil }
    return { driver.wake() }
  }
}

/// The thread that moves an auto-advancing clock.
///
/// `@unchecked Sendable`: the mutable fields are touched under `room` only.
private final class ClockDriver: @unchecked Sendable {
  private let room = WaitingRoom()
  private var hasNews = false
  private var isStopped = false

  /// - Parameter next: What is due next, if time may jump now.
  func start(_ next: @escaping @Sendable () -> (@Sendable () -> Void)?) {
    OSThread.start(name: "virtual-clock", stackSize: 256 << 10) { [self] in
      while waitForNews() {
        while let action = next() { action() }
      }
    }
  }

  func wake() {
    room.withLock {
      guard !hasNews else { return }
      hasNews = true
      room.wakeOne()
    }
  }

  func stop() {
    room.withLock {
      isStopped = true
      room.wakeAll()
    }
  }

  /// False when the clock was stopped.
  private func waitForNews() -> Bool {
    room.withLock {
      while !hasNews && !isStopped { room.wait() }
      hasNews = false
      return !isStopped
    }
  }
}
