internal import Supervision

/// What chaos did, from the events that it led to: a value that is told of each, in order.
struct ChaosLedger: Sendable {
  private let start: Duration
  /// The number of the last event that it knows of.
  private var last: EventNumber
  private var kills: [String: Int] = [:]
  private var restarts = 0
  private var longest: (title: String, duration: Duration)?
  /// Since when a name leads to nobody.
  private var gone: [String: Duration] = [:]
  private var stoppedAt: Duration?
  private var stops = 0
  /// The ends of those that have a label only, and in whose place nobody has come.
  private var lost: [String: Int] = [:]

  init(startingAt start: Duration, after last: EventNumber) {
    self.start = start
    self.last = last
  }

  /// Notes what has happened since the last time.
  mutating func read(_ events: EventLog) {
    for event in events.recent() where event.number > last {
      last = event.number
      note(event)
    }
  }

  mutating func noteKill(of title: String) { kills[title, default: 0] += 1 }

  private mutating func note(_ event: RuntimeEvent) {
    switch event.kind {
    case .exited(let identity, _):
      if let name = identity.name {
        gone[name] = gone[name] ?? event.time
      } else if let label = identity.label, identity.supervisor != nil {
        lost[label, default: 0] += 1
      }
    case .started(let identity, let isRestart):
      if isRestart { restarts += 1 }
      if let name = identity.name, let since = gone.removeValue(forKey: name) {
        measure(name, event.time - since)
      } else if isRestart, let label = identity.label, let count = lost[label] {
        lost[label] = count > 1 ? count - 1 : nil
      }
    case .note(SupervisionNote.applicationStopped):
      stops += 1
      stoppedAt = event.time
    case .note(SupervisionNote.applicationStarted(let name, _)):
      if let since = stoppedAt { measure(name, event.time - since) }
      stoppedAt = nil
    default: break
    }
  }

  private mutating func measure(_ title: String, _ duration: Duration) {
    if longest.map({ $0.duration < duration }) ?? true { longest = (title, duration) }
  }

  func summary(at now: Duration) -> ChaosSummary {
    ChaosSummary(
      duration: now - start,
      kills: kills.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) },
      restarts: restarts, longestOutage: longest, applicationStops: stops,
      lost: lost.keys.sorted())
  }
}

/// The end of chaos, for people and for programs.
struct ChaosSummary: Sendable {
  let duration: Duration
  /// The most often hit first.
  let kills: [(title: String, count: Int)]
  let restarts: Int
  let longestOutage: (title: String, duration: Duration)?
  let applicationStops: Int
  /// Whoever has a label, ended, and was not started again.
  let lost: [String]

  private var killCount: Int { kills.reduce(0) { $0 + $1.count } }

  func text(seed: UInt64, application: any ShellApplication) -> String {
    let hits = kills.prefix(10).map { "\(Sanitizer.sanitize($0.title)) \($0.count)" }
    let more = kills.count > 10 ? " and \(kills.count - 10) more" : ""
    var lines = [
      "\(killCount) \(killCount == 1 ? "kill" : "kills") in \(Timeline.moment(duration)), seed \(seed)"
        + (hits.isEmpty ? "" : ": \(hits.joined(separator: ", "))\(more)"),
      "\(restarts) \(restarts == 1 ? "restart" : "restarts")"
        + (longestOutage.map {
          ", the longest outage \($0.duration.measured) (\(Sanitizer.sanitize($0.title)))"
        } ?? ""),
    ]
    if applicationStops > 0 {
      let times = applicationStops == 1 ? "once" : "\(applicationStops) times"
      lines.append("\(application.name) stopped \(times) and was started again")
    }
    if lost.isEmpty {
      lines.append("nothing was lost")
    } else {
      let names = lost.prefix(10).map(Sanitizer.sanitize).joined(separator: ", ")
      lines.append(
        "lost: \(names)" + (lost.count > 10 ? " and \(lost.count - 10) more" : "")
          + ", which nobody has started again")
    }
    return lines.joined(separator: "\n")
  }

  func json(seed: UInt64) -> JSONValue {
    [
      "seed": .string("\(seed)"), "seconds": .number(duration / .seconds(1)),
      "kills": .object(kills.map { ($0.title, .integer(Int64($0.count))) }),
      "restarts": .integer(Int64(restarts)),
      "longest_outage_s": longestOutage.map { .number($0.duration / .seconds(1)) } ?? .null,
      "longest_outage_of": .string(orNull: longestOutage?.title),
      "application_stops": .integer(Int64(applicationStops)),
      "lost": .array(lost.map { .string($0) }),
    ]
  }
}
