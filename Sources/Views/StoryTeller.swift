package import Supervision

/// Tells a causal story in sentences, one a step.
///
///     KV.Registry <0.5.0> was killed by you (line 7: kill registry)
///     → KV.Supervisor (one_for_all) shut down KV.BucketSupervisor and its 3 buckets
///     → KV.BucketSupervisor is back as <0.9.0>, KV.Registry as <0.10.0>: restart 1 of 3 in 5 s
///
/// What a supervisor does to many is one step, and how it went is told only where that is not what one
/// would expect.
package struct StoryTeller {
  /// What the children of a supervisor are called, one and many; nil for "child".
  package typealias ChildNoun = (_ supervisor: String) -> (one: String, many: String)?

  private let childNoun: ChildNoun
  /// The command that starts an application again, if there is one.
  private let revival: (_ application: String) -> String?
  private let style: Style
  /// In which line a command stood.
  private let line: (EventNumber) -> Int?

  package init(
    childNoun: @escaping ChildNoun = { _ in nil },
    revival: @escaping (String) -> String? = { _ in nil }, style: Style,
    line: @escaping (EventNumber) -> Int? = { _ in nil }
  ) {
    self.childNoun = childNoun
    self.revival = revival
    self.style = style
    self.line = line
  }

  /// Who is back, until the supervisor says that all are.
  private struct Returns {
    var names: [(title: String, pid: PID)] = []
  }

  package func tell(_ story: CausalStory) -> [String] {
    var lines: [String] = []
    var returns: [EventNumber: Returns] = [:]
    var told: Set<EventNumber> = []
    var first: [String] = []
    if let missing = story.missingBefore {
      lines.append("… what led to this happened before event \(missing), the oldest remembered")
    }
    let byNumber = Dictionary(story.events.map { ($0.number, $0) }) { first, _ in first }

    for event in story.events {
      switch event.kind {
      case .command(let text):
        first = [commandWords(event.number, text)]
      case .exited(let identity, let reason):
        let cause = event.cause.flatMap { byNumber[$0] }
        if case .note(let note) = cause?.kind, let note = note as? SupervisionNote,
          Self.announces(note, identity, reason)
        {
          continue
        }
        lines.append(exit(identity, reason, cause, hand: first.first))
        told.insert(event.number)
      case .started(let identity, isRestart: true):
        returns[event.cause ?? 0, default: Returns()].names.append(
          (Sanitizer.sanitize(identity.title), identity.pid))
      case .started(let identity, isRestart: false):
        guard story.events.count <= 2 else { continue }
        lines.append(
          "\(titled(identity)) was started" + (first.first.map { " by you \($0)" } ?? ""))
      case .startFailed(let identity, let reason?):
        lines.append("\(titled(identity)) failed to start: \(shown(reason))")
      case .startFailed: continue
      case .note(SupervisionNote.restarted(let restart)):
        // The children started under the `restarting` note, which is the cause of this one.
        lines.append(back(returns.removeValue(forKey: event.cause ?? 0), restart))
      case .note(let note as SupervisionNote):
        if let sentence = decision(note) { lines.append(sentence) }
      case .note(let note):
        let subject = note.subject.map { " \(titled($0))" } ?? ""
        if let note = note as? any SpokenNote {
          lines.append("the shell received \(note.sentence)")
        } else {
          lines.append("\(note.eventName)\(subject)")
        }
      }
    }
    for (_, left) in returns.sorted(by: { $0.key < $1.key }) {
      lines.append(contentsOf: left.names.map { "\($0.title) is back as \($0.pid)" })
    }
    if lines.isEmpty { lines = first.map { "you acted \($0), and nothing followed from it" } }
    let arrow = style.apply(.consequence, to: "→")
    return lines.enumerated().map { $0.offset == 0 ? $0.element : "\(arrow) \($0.element)" }
  }

  // MARK: Sentences

  private func commandWords(_ number: EventNumber, _ text: String) -> String {
    let text = "`\(text.shown)`"
    return line(number).map { "(line \($0): \(text))" } ?? "(\(text))"
  }

  private func exit(
    _ identity: ProcessIdentity, _ reason: ExitReason, _ cause: RuntimeEvent?, hand: String?
  ) -> String {
    let deed = Obituary.past(reason)
    guard let cause else { return "\(titled(identity)) \(deed)" }
    switch cause.kind {
    case .command:
      guard let hand else { return "\(titled(identity)) \(deed)" }
      return Obituary.isDeed(reason)
        ? "\(titled(identity)) \(deed) by you \(hand)"
        : "\(titled(identity)) \(deed) at what you asked for \(hand)"
    case .exited(let other, _):
      // A supervisor's children end with it in order; other links share a fate.
      return identity.supervisor?.pid == other.pid
        ? "\(titled(identity)) ended with its supervisor \(title(other)): \(shown(reason))"
        : "\(titled(identity)) ended with \(title(other)), to which it was linked: \(shown(reason))"
    default: return "\(titled(identity)) \(deed)"
    }
  }

  /// Whether the supervisor's own sentence has said that this process is stopped.
  private static func announces(
    _ note: SupervisionNote, _ identity: ProcessIdentity, _ reason: ExitReason
  ) -> Bool {
    switch note {
    case .restarting:
      // A child that had to be killed did not stop in order, and is worth a line.
      reason.isOrderly
    case .restartLimitReached, .autoShutdown: reason.isOrderly
    default: false
    }
  }

  private func decision(_ note: SupervisionNote) -> String? {
    switch note {
    case .restarting(let restart):
      let who = "\(title(restart.supervisor)) (\(restart.strategy.rawValue))"
      guard !restart.stopping.isEmpty else {
        return "\(who) restarted \(Sanitizer.sanitize(restart.child)) alone"
      }
      return "\(who) shut down \(list(restart.stopping.map(sibling), of: restart.stoppingCount))"
    case .restarted, .applicationStarted: return nil
    case .restartLimitReached(let supervisor, let child, let max, let period):
      return "\(title(supervisor)) gave up and ended with its children: "
        + "\(Sanitizer.sanitize(child)) had failed again after \(max) restarts in \(period.inWords)"
    case .autoShutdown(let supervisor, let child):
      return "\(title(supervisor)) ended, since \(Sanitizer.sanitize(child)) had"
    case .applicationStopped(let name, _, let reason):
      let revival = revival(name).map { ": `\($0)` brings it up again" } ?? ""
      return "\(Sanitizer.sanitize(name)) stopped (\(shown(reason)))\(revival)"
    }
  }

  private func back(_ returns: Returns?, _ restart: SupervisionNote.Restarting) -> String {
    let count = "restart \(restart.count) of \(restart.maxRestarts) in \(restart.period.inWords)"
    guard let names = returns?.names, let first = names.first else { return count }
    let rest = names.dropFirst().map { "\($0.title) as \($0.pid)" }
    let back = ["\(first.title) is back as \(first.pid)"] + rest
    return list(back, of: back.count) + ": \(count)"
  }

  private func sibling(_ sibling: SupervisionNote.Sibling) -> String {
    Self.title(of: sibling, childNoun)
  }

  /// - Parameter count: How many there are, of which `all` are the first.
  private func list(_ all: [String], of count: Int) -> String {
    let limit = 20
    let rest = count - min(all.count, limit)
    let items = all.prefix(limit) + (rest > 0 ? ["\(rest) more"] : [])
    guard items.count > 1, let last = items.last else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }

  private func title(_ identity: ProcessIdentity) -> String { Sanitizer.sanitize(identity.title) }
  private func titled(_ identity: ProcessIdentity) -> String {
    Sanitizer.sanitize(identity.description)
  }
  private func shown(_ reason: ExitReason) -> String { Sanitizer.sanitize(reason.description) }
}

extension StoryTeller {
  /// A child that is stopped for another: `KV.BucketSupervisor and its 3 buckets`.
  package static func title(
    of sibling: SupervisionNote.Sibling, _ childNoun: ChildNoun
  ) -> String {
    let name = Sanitizer.sanitize(sibling.identity.title)
    guard sibling.childCount > 0 else { return name }
    let noun = childNoun(name) ?? ("child", "children")
    return "\(name) and its \(sibling.childCount) \(sibling.childCount == 1 ? noun.one : noun.many)"
  }
}
