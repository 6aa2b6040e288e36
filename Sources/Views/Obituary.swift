package import Supervision

/// What is known of the end of something that is asked for later.
package enum Obituary {
  /// How an end is told behind the name of who ended.
  package static func phrase(_ reason: ExitReason, isByHand: Bool) -> String {
    let shown = Sanitizer.sanitize(reason.description)
    let hand = isByHand ? " by you" : ""
    return switch reason {
    case .killed: "killed\(hand)"
    case .error: "crashed\(hand): \(shown)"
    case .normal, .shutdown: isByHand ? "stopped by you: \(shown)" : shown
    default: isByHand ? "ended by you: \(shown)" : shown
    }
  }

  /// Whether an end that a command led to was that command's very deed: its process did not fail by
  /// itself at what it was asked to do.
  package static func isDeed(_ reason: ExitReason) -> Bool {
    switch reason {
    case .error(let error): error.type == EscapedError.injected
    case .callFailed, .failedToStartChild, .startSpec, .alreadyStarted: false
    default: true
    }
  }

  /// What became of the latest process with that label: `it ended when KV.Registry was killed`.
  ///
  /// - Returns: Nil when the history doesn't know of one.
  package static func ofProcess(label: String, in log: EventLog) -> String? {
    for event in log.recent().reversed() {
      guard case .exited(let identity, let reason) = event.kind, identity.label == label
      else { continue }
      guard let origin = origin(of: event, in: log), origin.number != event.number,
        case .exited(let culprit, let why) = origin.kind
      else { return "it \(past(reason))" }
      return "it ended when \(Sanitizer.sanitize(culprit.title)) \(past(why))"
    }
    return nil
  }

  /// Why the application is not running.
  package static func ofApplication(_ name: String, in log: EventLog) -> String? {
    for event in log.recent().reversed() {
      switch event.kind {
      case .note(SupervisionNote.applicationStopped(name, _, let reason)):
        var cause = event.cause.flatMap { log.event($0) }
        while let step = cause {
          if case .note(
            SupervisionNote.restartLimitReached(let supervisor, let child, let max, let period)) =
            step.kind
          {
            return "\(supervisor.title) gave up when \(child) failed again after \(max) restarts "
              + "in \(period.inWords)"
          }
          cause = step.cause.flatMap { log.event($0) }
        }
        return Sanitizer.sanitize(reason.description)
      case .note(SupervisionNote.applicationStarted(name, _)): return nil
      default: continue
      }
    }
    return nil
  }

  /// The first end in the chain of causes that led to this event.
  private static func origin(of event: RuntimeEvent, in log: EventLog) -> RuntimeEvent? {
    var origin = event
    var step = event
    while let cause = step.cause, let earlier = log.event(cause) {
      if case .exited = earlier.kind { origin = earlier }
      step = earlier
    }
    return origin
  }

  package static func past(_ reason: ExitReason) -> String {
    let shown = Sanitizer.sanitize(reason.description)
    return switch reason {
    case .killed: "was killed"
    case .error: "crashed (\(shown))"
    case .normal, .shutdown: "was stopped (\(shown))"
    default: "ended (\(shown))"
    }
  }
}
