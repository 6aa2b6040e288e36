internal import Supervision

/// Tells events in plain words: what happened, to whom, why, and what the supervisor did.
///
///     ✗ KV.Registry <0.9.0> killed by you
///     ↳ KV.Supervisor (one_for_all) stops KV.BucketSupervisor and its 1 bucket
///     ✗ shopping <0.12.0> shutdown
///     ✗ KV.BucketSupervisor <0.8.0> shutdown
///     ✓ KV.BucketSupervisor is back as <0.13.0>
///     ✓ KV.Registry is back as <0.14.0>    restart 1 of 3 in 5 s
///
/// First starts are not told: whoever asked for one has its answer.
struct EventNarrator: Sendable {
  let application: any ShellApplication
  /// How many siblings a line names; the rest is counted.
  private static let siblingLimit = 20

  /// One line an event, without an indent or an ending.
  ///
  /// - Parameter lookUp: An earlier event by its number, to tell whose doing something was.
  func narrate(
    _ events: [RuntimeEvent], style: Style,
    lookUp: (EventNumber) -> RuntimeEvent?
  ) -> [String] {
    var lines: [String] = []
    var lastIsReturn = false
    for event in events {
      if case .note(let note) = event.kind, case SupervisionNote.restarted(let restart) = note {
        let count = style.apply(
          .dim,
          to: "restart \(restart.count) of \(restart.maxRestarts) in \(restart.period.inWords)")
        if lastIsReturn, !lines.isEmpty {
          lines[lines.count - 1] += "    \(count)"
        } else {
          // Its return has been told already, or was no return of anybody with a name.
          lines.append(
            "\(style.apply(.success, to: "✓")) \(title(restart.supervisor)): \(count)")
        }
        lastIsReturn = false
        continue
      }
      guard let line = narrate(event, style: style, lookUp: lookUp) else { continue }
      lines.append(line)
      if case .started = event.kind { lastIsReturn = true } else { lastIsReturn = false }
    }
    return lines
  }

  private func narrate(
    _ event: RuntimeEvent, style: Style, lookUp: (EventNumber) -> RuntimeEvent?
  ) -> String? {
    let cross = style.apply(.failure, to: "✗")
    switch event.kind {
    case .command, .started(_, isRestart: false):
      return nil
    case .started(let identity, isRestart: true):
      return "\(style.apply(.success, to: "✓")) \(title(identity)) is back as \(identity.pid)"
    case .exited(let identity, let reason):
      let who = "\(cross) \(titleWithPID(identity))"
      switch event.cause.flatMap(lookUp)?.kind {
      case .command where Obituary.isDeed(reason):
        return "\(who) \(Obituary.phrase(reason, isByHand: true))"
      case .exited(let other, _) where !reason.isOrderly:
        return "\(who) ended with \(title(other)): \(shown(reason))"
      default: return "\(who) \(Obituary.phrase(reason, isByHand: false))"
      }
    case .startFailed(let identity, let reason):
      guard let reason else { return nil }
      return "\(cross) \(titleWithPID(identity)) failed to start: \(shown(reason))"
    case .note(let note as SupervisionNote):
      return narrate(note, style: style)
    case .note(let note as SysNote):
      let who = titleWithPID(note.server)
      return switch note.action {
      case .suspended: "‖ \(who) is suspended"
      case .resumed: "\(style.apply(.success, to: "▸")) \(who) goes on"
      case .stateReplaced: "\(who) has another state"
      }
    case .note(let note as MessageNote):
      return "\(style.apply(.name, to: "←")) \(note.sentence)"
    case .note(let note):
      return "\(note.eventName) \(note.subject.map(title) ?? "")"
    }
  }

  private func narrate(_ note: SupervisionNote, style: Style) -> String? {
    switch note {
    case .restarting(let restart):
      let arrow = style.apply(.consequence, to: "↳")
      let head = "\(arrow) \(title(restart.supervisor)) (\(restart.strategy.rawValue))"
      guard !restart.stopping.isEmpty else {
        return "\(head) restarts \(Sanitizer.sanitize(restart.child))"
      }
      let named = restart.stopping.prefix(Self.siblingLimit).map(application.title(of:))
      let rest = restart.stoppingCount - named.count
      return "\(head) stops \(named.joined(separator: ", "))\(rest > 0 ? " and \(rest) more" : "")"
    case .restarted, .applicationStarted:
      return nil
    case .restartLimitReached(let supervisor, let child, let max, let period):
      let arrow = style.apply(.consequence, to: "↳")
      return
        "\(arrow) \(title(supervisor)) gives up: \(Sanitizer.sanitize(child)) failed again after "
        + "\(max) restarts in \(period.inWords)"
    case .autoShutdown(let supervisor, let child):
      let arrow = style.apply(.consequence, to: "↳")
      return "\(arrow) \(title(supervisor)) ends, since \(Sanitizer.sanitize(child)) has"
    case .applicationStopped(let name, _, let reason):
      let hint = name == application.name ? ". `start` brings it up again." : "."
      return "\(style.apply(.failure, to: "■")) \(name) has stopped: \(shown(reason))\(hint)"
    }
  }

  private func title(_ identity: ProcessIdentity) -> String { Sanitizer.sanitize(identity.title) }

  private func titleWithPID(_ identity: ProcessIdentity) -> String {
    let title = title(identity)
    return title == identity.pid.description ? title : "\(title) \(identity.pid)"
  }

  private func shown(_ reason: ExitReason) -> String { Sanitizer.sanitize(reason.description) }
}

extension ShellApplication {
  /// A child that is stopped for another: `KV.BucketSupervisor and its 3 buckets`.
  func title(of sibling: SupervisionNote.Sibling) -> String {
    StoryTeller.title(of: sibling, childNoun)
  }
}
