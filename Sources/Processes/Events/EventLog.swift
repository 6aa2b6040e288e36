/// The runtime's one stream of events: numbers them, remembers the newest, hands them to views.
///
/// A slow view never slows the runtime: each subscription has a buffer of its own with a limit, and
/// a count of what did not fit.
///
/// Invariants, all under `lock`:
/// 1. Numbers count up by one, every buffer is in their order, and no time is before that of an earlier event.
/// 2. An event's cause has a lower number: it was given out before.
/// 3. A subscription is woken when its buffer ceases to be empty, and not again until it was drained.
///
/// `@unchecked Sendable`: the mutable fields are touched under `lock` only.
public final class EventLog: @unchecked Sendable {
  /// How many of the newest events `event(_:)` and `recent` still know.
  public let historyLimit: Int
  private let timers: any TimerService

  private let lock = Lock()
  @exclusivity(unchecked) private var last: EventNumber = 0
  @exclusivity(unchecked) private var lastTime: Int64 = 0
  @exclusivity(unchecked) private var history: EventRing
  @exclusivity(unchecked) private var subscriptions: [EventSubscription] = []

  init(historyLimit: Int, _ timers: any TimerService) {
    self.historyLimit = max(1, historyLimit)
    self.timers = timers
    history = EventRing(limit: self.historyLimit)
  }

  /// Adds an event and returns its number.
  ///
  /// - Parameter holdsNothing: Whether it surely refers to nothing that it shares with others.
  @discardableResult
  package func emit(
    _ kind: consuming RuntimeEvent.Kind, cause: EventNumber?, holdsNothing: Bool = false
  ) -> EventNumber {
    lock.acquire()
    return addAndRelease(
      kind, at: timers.nanoseconds, cause: cause ?? 0, holdsNothing: holdsNothing)
  }

  /// Adds an event that a process tells of itself; nil when it is dead.
  ///
  /// A process is dead before its exit becomes an event. So with this look under the lock, nothing that it
  /// tells comes after its exit.
  func emit(
    _ kind: consuming RuntimeEvent.Kind, by process: borrowing ProcessCell
  ) -> EventNumber? {
    lock.acquire()
    if process.isDead {
      lock.release()
      return nil
    }
    return addAndRelease(
      kind, at: timers.nanoseconds, cause: process.causeNumber, holdsNothing: false)
  }

  /// Adds the start of a process that has neither tags nor supervisor, unless it is dead: nothing comes after its exit.
  ///
  /// - Parameter time: Nanoseconds of the coarse clock.
  func emitStart(of process: borrowing ProcessCell, at time: Int64) {
    lock.acquire()
    if process.isDead { return lock.release() }
    addAndRelease(
      .started(ProcessIdentity(process.pid, nil, nil), isRestart: false), at: plainTime(time),
      cause: process.causeNumber, holdsNothing: true)
  }

  /// Adds the end of such a process.
  func emitNormalExit(of pid: PID, cause: EventNumber) {
    lock.acquire()
    addAndRelease(
      .exited(ProcessIdentity(pid, nil, nil), .normal), at: plainTime(timers.coarseNanoseconds),
      cause: cause, holdsNothing: true)
  }

  /// When a process starts or ends that has neither tags nor supervisor. As long as nobody watches, the clock will do
  /// that is behind by a tick: the other would be a fifth of a short life. Under the lock.
  private func plainTime(_ coarse: Int64) -> Int64 {
    subscriptions.isEmpty ? max(lastTime, coarse) : timers.nanoseconds
  }

  /// Adds an event under the lock, and lets that go.
  @inline(__always) @discardableResult
  private func addAndRelease(
    _ kind: consuming RuntimeEvent.Kind, at time: Int64, cause: EventNumber, holdsNothing: Bool
  ) -> EventNumber {
    last += 1
    lastTime = time
    let number = last
    let event = RuntimeEvent(
      number: number, cause: cause, nanoseconds: time, kind: kind, holdsNothing: holdsNothing)
    if subscriptions.isEmpty, let place = history.freePlace {
      place.initialize(to: consume event)
      history.countAdded()
      lock.release()
    } else {
      addAndReleaseSlowly(consume event)
    }
    return number
  }

  /// Adds an event for which the oldest has to go, or of which others are to hear.
  @inline(never)
  private func addAndReleaseSlowly(_ event: consuming RuntimeEvent) {
    let woken = subscriptions.isEmpty ? [] : subscriptions.compactMap { $0.buffer(event) }
    // What the oldest held is let go of behind the lock.
    let gone = history.add(consume event)
    lock.release()
    _ = consume gone
    if woken.isEmpty { return }
    // What a view does then is not the doing of the process that this is about, which may be dead.
    let process = CurrentProcess.reference
    CurrentProcess.reference = nil
    for wake in woken { wake() }
    CurrentProcess.reference = process
  }

  /// The number of the oldest event in `history`. Under the lock.
  private var first: EventNumber? {
    history.count == 0 ? nil : last - EventNumber(history.count) + 1
  }

  /// The event with this number; nil when it is yet to come or has left the history.
  public func event(_ number: EventNumber) -> RuntimeEvent? {
    lock.withLock {
      guard let first, number >= first, number <= last else { return nil }
      return history[Int(number - first)]
    }
  }

  /// The number of the newest event; 0 before the first.
  public var lastNumber: EventNumber { lock.withLock { last } }

  /// The newest events, oldest first, at most `limit`.
  public func recent(_ limit: Int = .max) -> [RuntimeEvent] {
    lock.withLock { history.suffix(limit) }
  }

  /// Begins to collect events for one view.
  ///
  /// - Parameters:
  ///   - capacity: How many events wait at most; later ones are dropped and counted.
  ///   - onEvents: Called, on the thread of whoever caused the event, when the buffer ceases to be
  ///     empty. Must return quickly: pass the news on and drain elsewhere.
  public func subscribe(
    capacity: Int = 10_000, onEvents: (@Sendable () -> Void)? = nil
  ) -> EventSubscription {
    let subscription = EventSubscription(capacity: capacity, onEvents: onEvents)
    lock.withLock { subscriptions.append(subscription) }
    return subscription
  }

  /// How many views are being told of events.
  package var subscriptionCount: Int { lock.withLock { subscriptions.count } }

  /// Ends a subscription; what it has buffered can still be drained.
  public func unsubscribe(_ subscription: EventSubscription) {
    lock.withLock { subscriptions.removeAll { $0 === subscription } }
  }
}

/// One view's share of the event stream.
public final class EventSubscription: Sendable {
  private struct Buffer {
    var events: [RuntimeEvent] = []
    var dropped = 0
  }

  private let capacity: Int
  private let onEvents: (@Sendable () -> Void)?
  private let state = Locked(Buffer())

  init(capacity: Int, onEvents: (@Sendable () -> Void)?) {
    self.capacity = max(1, capacity)
    self.onEvents = onEvents
  }

  /// Takes everything collected since the last time.
  ///
  /// - Returns: The events in order, and how many more came but were dropped.
  public func drain() -> (events: [RuntimeEvent], dropped: Int) {
    state.withLock { buffer in
      defer { buffer = Buffer() }
      return (buffer.events, buffer.dropped)
    }
  }

  /// Returns whom to wake, if anybody: invariant 3.
  fileprivate func buffer(_ event: RuntimeEvent) -> (@Sendable () -> Void)? {
    state.withLock { buffer in
      guard buffer.events.count < capacity else {
        buffer.dropped += 1
        return nil
      }
      buffer.events.append(event)
      return buffer.events.count == 1 ? onEvents : nil
    }
  }
}
