internal import CPlatform

/// The runtime's clock and its timers: the seam where time comes from.
package protocol TimerService: AnyObject, Sendable {
  /// Time since the runtime's start.
  var now: Duration { get }
  /// Runs `action` once, `delay` from now, on a thread of the service; it must be brief.
  func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> TimerRef
  /// - Returns: How much time was left; nil when the timer has fired or was cancelled before.
  @discardableResult
  func cancel(_ timer: TimerRef) -> Duration?
  /// Begins to serve this runtime, before anything runs.
  func start(for runtime: Runtime)
  /// Nothing fires after this. Lets go of the runtime, too.
  func stop()
  /// Wants to be told when nothing can happen before the next timer. Called with no lock held, often.
  var whenQuiet: (@Sendable () -> Void)? { get }
}

/// Timers on the monotonic clock of the operating system, fired by a thread of their own, which is
/// started with the first timer.
///
/// `@unchecked Sendable`: the mutable fields are touched under `room` only.
package final class SystemTimers: TimerService, @unchecked Sendable {
  private let origin = cplatform_now()
  private let room = WaitingRoom()
  private var queue = TimerQueue<@Sendable () -> Void>()
  private var isRunning = false
  private var isStopped = false
  private var settlement: Settlement?

  package init() {}

  package var now: Duration { .nanoseconds(cplatform_now() - origin) }
  package var whenQuiet: (@Sendable () -> Void)? { nil }
  package func start(for runtime: Runtime) {
    room.withLock { settlement = runtime.settlement }
  }

  package func schedule(
    after delay: Duration, _ action: @escaping @Sendable () -> Void
  ) -> TimerRef {
    let deadline = cplatform_now().addingClamped(delay.clampedNanoseconds)
    return room.withLock {
      let isFirst = queue.nextDeadline.map { deadline < $0 } ?? true
      let timer = queue.insert(deadline: deadline, action)
      if !isRunning, !isStopped {
        isRunning = OSThread.start(name: "timers", stackSize: 256 << 10) { [self] in fire() }
      }
      if isFirst { room.wakeOne() }
      return timer
    }
  }

  package func cancel(_ timer: TimerRef) -> Duration? {
    room.withLock {
      queue.remove(timer).map { .nanoseconds(max(0, $0.deadline - cplatform_now())) }
    }
  }

  package func stop() {
    // What the pending actions hold, they are not to hold any longer. Released after the lock.
    let left = room.withLock { () -> TimerQueue<@Sendable () -> Void> in
      isStopped = true
      room.wakeAll()
      defer { queue = TimerQueue() }
      return queue
    }
    _ = left
  }

  private func fire() {
    while let action = nextDue() {
      // Counted as busy while it acts.
      let settlement = room.withLock { self.settlement }
      settlement?.enter()
      action()
      settlement?.leave()
    }
  }

  /// Waits for the next timer that is due; nil when the service stops.
  private func nextDue() -> (@Sendable () -> Void)? {
    room.withLock {
      while !isStopped {
        if let action = queue.popDue(at: cplatform_now()) { return action }
        if let deadline = queue.nextDeadline {
          room.wait(until: deadline)
        } else {
          room.wait()
        }
      }
      return nil
    }
  }
}

extension Duration {
  /// In nanoseconds, at least 0, at most what 64 bits hold (292 years).
  package var clampedNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    if seconds < 0 || attoseconds < 0 { return 0 }
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : product.addingClamped(attoseconds / 1_000_000_000)
  }
}

extension Int64 {
  func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
