package import Supervision

/// All that came of one thing: an event without a cause, and whatever leads back to it.
///
/// A pure look at events that have happened, so that it can be asked for at any time, and tested alone.
package struct CausalStory: Sendable {
  /// From the first on, each cause before its effects.
  package let events: [RuntimeEvent]
  /// When the history no longer reaches the beginning: the number of the oldest event it knows.
  package let missingBefore: EventNumber?

  /// The story that `event` belongs to.
  ///
  /// - Parameter history: The newest events, oldest first.
  package init(of event: RuntimeEvent, in history: [RuntimeEvent]) {
    let first = history.first?.number ?? event.number
    var root = event
    var missing: EventNumber?
    while let cause = root.cause {
      guard cause >= first, Int(cause - first) < history.count else {
        missing = first
        break
      }
      root = history[Int(cause - first)]
    }
    var members: Set<EventNumber> = [root.number]
    var events = [root]
    for later in history where later.number > root.number {
      guard let cause = later.cause, members.contains(cause) else { continue }
      members.insert(later.number)
      events.append(later)
    }
    self.events = events
    missingBefore = missing
  }

  /// The newest event that anybody would ask about: a death that was no orderly part of another's, a
  /// restart, an end of the application.
  package static func latestIncident(in history: [RuntimeEvent]) -> RuntimeEvent? {
    history.last { event in
      switch event.kind {
      case .exited(_, let reason): !reason.isOrderly
      case .started(_, let isRestart): isRestart
      case .startFailed(_, let reason): reason != nil
      case .note(SupervisionNote.restartLimitReached), .note(SupervisionNote.applicationStopped):
        true
      default: false
      }
    }
  }
}
