extension Runtime {
  /// Waits until there is an event with a number above `number`.
  ///
  /// Who waits for one is not busy, so virtual time may jump meanwhile.
  ///
  /// - Returns: False after `timeout`.
  /// - Throws: `ProcessEnded` when the calling process is ended from outside meanwhile.
  package func waitForEvent(
    after number: EventNumber, timeout: Duration? = nil
  ) async throws -> Bool {
    let pending = Pending<Bool>(self, owner: CurrentProcess.cell)
    let subscription = events.subscribe(capacity: 1) { pending.resolve(with: true) }
    defer { events.unsubscribe(subscription) }
    // Subscribed first, so that none comes in between unheard.
    if events.lastNumber > number { return true }
    if let timeout { timers.limit(pending.waiter, to: timeout) }
    defer { timers.unlimit(pending.waiter) }
    switch await pending.wait() {
    case .value: return true
    case .timedOut: return false
    case .failed, .ownerEnded: throw ProcessEnded()
    }
  }
}
