internal import CPlatform
internal import Synchronization

/// The runtime's clock and its timers: the seam where time comes from.
package protocol TimerService: AnyObject, Sendable {
  /// Time since the runtime's start, in nanoseconds.
  var nanoseconds: Int64 { get }
  /// The same, up to some milliseconds behind, at a seventh of the cost.
  var coarseNanoseconds: Int64 { get }
  /// Runs `action` once, `delay` from now, on a thread of the service; it must be brief.
  func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> TimerRef
  /// - Returns: How much time was left; nil when the timer has fired or was cancelled before.
  @discardableResult
  func cancel(_ timer: TimerRef) -> Duration?
  /// Lets the waiter time out after `duration`, unless `unlimit` comes first. As cheap as can be, since
  /// nearly no wait is as long as it may be; may be late by some milliseconds.
  func limit(_ waiter: Waiter, to duration: Duration)
  /// Nothing will time out the waiter any more. Also when nothing was to.
  func unlimit(_ waiter: Waiter)
  /// Begins to serve this runtime, before anything runs.
  func start(for runtime: Runtime)
  /// Nothing fires after this. Lets go of the runtime, too.
  func stop()
  /// Wants to be told when nothing can happen before the next timer. Called with no lock held, often.
  var whenQuiet: (@Sendable () -> Void)? { get }
}

extension TimerService {
  /// Time since the runtime's start.
  package var now: Duration { .nanoseconds(nanoseconds) }

  package var coarseNanoseconds: Int64 { nanoseconds }

  package func limit(_ waiter: Waiter, to duration: Duration) {
    waiter.timer = schedule(after: duration) { waiter.timeOut() }
  }

  package func unlimit(_ waiter: Waiter) {
    if let timer = waiter.timer.take() { _ = cancel(timer) }
  }
}

/// Timers on the monotonic clock of the operating system, fired by a thread of their own, which is
/// started with the first timer.
///
/// Limits of waits are apart, in `TimeoutWheel`: each call has one, and almost none is ever reached.
///
/// Invariants:
/// 1. The thread sleeps no longer than until `wakeUp`; who adds something earlier wakes it. Cancelling does
///    not, so it may wake for nothing, but not more often than limits are long.
///
/// `@unchecked Sendable`: the mutable fields are touched under `room` only.
package final class SystemTimers: TimerService, @unchecked Sendable {
  private let origin = cplatform_now()
  private let room = WaitingRoom()
  private var queue = TimerQueue<@Sendable () -> Void>()
  private var isRunning = false
  private var isStopped = false
  private var settlement: Settlement?
  private let wheel = TimeoutWheel()
  /// Until when the thread sleeps; see invariant 1.
  private let wakeUp = Atomic<Int64>(.max)

  package init() {}

  package var nanoseconds: Int64 { cplatform_now() - origin }
  package var coarseNanoseconds: Int64 { max(0, cplatform_coarse_now() - origin) }
  package var whenQuiet: (@Sendable () -> Void)? { nil }
  package func start(for runtime: Runtime) {
    room.withLock { settlement = runtime.settlement }
  }

  package func schedule(
    after delay: Duration, _ action: @escaping @Sendable () -> Void
  ) -> TimerRef {
    let deadline = cplatform_now().addingClamped(delay.clampedNanoseconds)
    return room.withLock {
      let timer = queue.insert(deadline: deadline, action)
      wakeUp(by: deadline)
      return timer
    }
  }

  /// Sees to it that the thread is awake at this moment. Under `room`.
  private func wakeUp(by deadline: Int64) {
    if !isRunning, !isStopped {
      isRunning = OSThread.start(name: "timers", stackSize: 256 << 10) { [self] in fire() }
    }
    guard deadline < wakeUp.load(ordering: .relaxed) else { return }
    wakeUp.store(deadline, ordering: .sequentiallyConsistent)
    room.wakeOne()
  }

  package func limit(_ waiter: Waiter, to duration: Duration) {
    guard let moment = wheel.add(waiter, duration) else {
      waiter.timer = schedule(after: duration) { waiter.timeOut() }
      return
    }
    waiter.isInWheel = true
    guard moment < wakeUp.load(ordering: .sequentiallyConsistent) else { return }
    room.withLock { wakeUp(by: moment) }
  }

  package func unlimit(_ waiter: Waiter) {
    if let timer = waiter.timer.take() { _ = cancel(timer) }
    guard waiter.isInWheel else { return }
    waiter.isInWheel = false
    wheel.remove(waiter)
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
      room.withLock { self.settlement }?.act(action)
    }
  }

  /// Waits for the next timer that is due; nil when the service stops.
  private func nextDue() -> (@Sendable () -> Void)? {
    room.withLock {
      while !isStopped {
        let now = cplatform_now()
        if let action = queue.popDue(at: now) { return action }
        let due = wheel.claimDue(at: now)
        if !due.isEmpty { return { for waiter in due { waiter.end(.timedOut) } } }
        // Before it is known when the wheel turns next: a limit that is added after that is earlier than this, and wakes.
        wakeUp.store(.max, ordering: .sequentiallyConsistent)
        let deadline = min(queue.nextDeadline ?? .max, wheel.nextMoment ?? .max)
        wakeUp.store(deadline, ordering: .sequentiallyConsistent)
        if deadline == .max { room.wait() } else { room.wait(until: deadline) }
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
