/// The runtime's one stream of events: numbers them, remembers the newest, hands them to views.
///
/// A slow view never slows the runtime: each subscription has a buffer of its own with a limit, and
/// a count of what did not fit.
///
/// Invariants, all under `state`:
/// 1. Numbers count up by one, and every buffer is in their order.
/// 2. An event's cause has a lower number: it was given out before.
/// 3. A subscription is woken when its buffer ceases to be empty, and not again until it was drained.
public final class EventLog: Sendable {
  private struct State {
    var lastNumber: EventNumber = 0
    var history: [RuntimeEvent] = []
    var oldest = 0
    var subscriptions: [EventSubscription] = []

    /// The number of the oldest event in `history`.
    var first: EventNumber? {
      history.isEmpty ? nil : lastNumber - EventNumber(history.count) + 1
    }
  }

  /// How many of the newest events `event(_:)` and `recent` still know.
  public let historyLimit: Int
  private let state: Locked<State>
  private let timers: any TimerService

  init(historyLimit: Int, _ timers: any TimerService) {
    self.historyLimit = max(1, historyLimit)
    self.timers = timers
    state = Locked(State())
  }

  /// Adds an event and returns its number.
  @discardableResult
  package func emit(_ kind: RuntimeEvent.Kind, cause: EventNumber?) -> EventNumber {
    add(kind, cause: cause, isAllowed: { true }) ?? 0
  }

  /// Adds an event that a process tells of itself; nil when it is dead.
  ///
  /// A process is dead before its exit becomes an event. So with this look under the lock, nothing that it
  /// tells comes after its exit.
  func emit(_ kind: RuntimeEvent.Kind, by process: ProcessCell) -> EventNumber? {
    add(kind, cause: process.cause, isAllowed: { !process.isDead })
  }

  private func add(
    _ kind: RuntimeEvent.Kind, cause: EventNumber?, isAllowed: () -> Bool
  ) -> EventNumber? {
    var woken: [@Sendable () -> Void] = []
    let number = state.withLock { state -> EventNumber? in
      guard isAllowed() else { return nil }
      state.lastNumber += 1
      let event = RuntimeEvent(
        number: state.lastNumber, cause: cause, nanoseconds: timers.nanoseconds, kind: kind)
      if state.history.count < historyLimit {
        state.history.append(event)
      } else {
        // A ring: the newest takes the place of the oldest.
        state.history[state.oldest] = event
        state.oldest = (state.oldest + 1) % historyLimit
      }
      for subscription in state.subscriptions {
        if let wake = subscription.buffer(event) { woken.append(wake) }
      }
      return state.lastNumber
    }
    for wake in woken { wake() }
    return number
  }

  /// The event with this number; nil when it is yet to come or has left the history.
  public func event(_ number: EventNumber) -> RuntimeEvent? {
    state.withLock { state in
      guard let first = state.first, number >= first, number <= state.lastNumber else { return nil }
      let offset = Int(number - first)
      return state.history[(state.oldest + offset) % state.history.count]
    }
  }

  /// The number of the newest event; 0 before the first.
  public var lastNumber: EventNumber { state.withLock { $0.lastNumber } }

  /// The newest events, oldest first, at most `limit`.
  public func recent(_ limit: Int = .max) -> [RuntimeEvent] {
    state.withLock { state in
      let ordered = state.history[state.oldest...] + state.history[..<state.oldest]
      return Array(ordered.suffix(limit))
    }
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
    state.withLock { $0.subscriptions.append(subscription) }
    return subscription
  }

  /// How many views are being told of events.
  package var subscriptionCount: Int { state.withLock { $0.subscriptions.count } }

  /// Ends a subscription; what it has buffered can still be drained.
  public func unsubscribe(_ subscription: EventSubscription) {
    state.withLock { $0.subscriptions.removeAll { $0 === subscription } }
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
