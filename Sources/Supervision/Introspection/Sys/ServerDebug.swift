internal import Processes

/// What is watched of a server: sinks, a log, counts.
///
/// Only one that is watched has this. The process itself uses it, and the child tasks of its handler
/// when they answer calls.
final class ServerDebug: Sendable {
  private let list = Locked(DebugList())

  /// Changes what is watched.
  ///
  /// - Returns: Whether that made a difference.
  func perform(_ command: DebugCommand, at now: Duration) -> Bool {
    list.withLock { $0.perform(command, at: now) }
  }

  var isEmpty: Bool { list.withLock { $0.isEmpty } }
  var sinks: [String] { list.withLock { $0.sinks.map(\.id) } }
  /// How long the server rests before each message.
  var delay: Duration? { list.withLock { $0.delay } }
  var log: [DebugEvent] { list.withLock { $0.log?.events ?? [] } }

  func statistics(at now: Duration) -> ServerStatistics? {
    list.withLock { $0.counts?.statistics(at: now) }
  }

  /// Counts, and tells all who want to know. The event is made only if anybody does.
  func note(_ kind: DebugEvent.Kind, _ event: () -> DebugEvent) {
    guard list.withLock({ $0.count(kind) }) else { return }
    let event = event()
    let takers = list.withLock { $0.takers(of: event) }
    for taker in takers {
      do {
        try taker.take(event)
      } catch {
        list.withLock { _ = $0.perform(.remove(taker.id), at: .zero) }
      }
    }
  }
}

/// Who is told of a server's events, and what is kept of them: the decisions.
struct DebugList {
  struct Sink {
    let id: String
    /// How many events it still takes; nil, any number.
    var remaining: Int?
    let take: DebugSink
  }

  struct Log {
    let limit: Int
    var events: [DebugEvent] = []

    mutating func append(_ event: DebugEvent) {
      if events.count == limit { events.removeFirst() }
      events.append(event)
    }
  }

  struct Counts {
    let startTime: Duration
    var messagesIn = 0
    var messagesOut = 0

    func statistics(at now: Duration) -> ServerStatistics {
      ServerStatistics(
        startTime: startTime, currentTime: now, messagesIn: messagesIn, messagesOut: messagesOut)
    }
  }

  private(set) var sinks: [Sink] = []
  private(set) var log: Log?
  private(set) var counts: Counts?
  private(set) var delay: Duration?

  var isEmpty: Bool { sinks.isEmpty && log == nil && counts == nil && delay == nil }

  /// - Returns: Whether that made a difference.
  mutating func perform(_ command: DebugCommand, at now: Duration) -> Bool {
    switch command {
    case .install(let id, let limit, let take):
      guard limit ?? 1 > 0, !sinks.contains(where: { $0.id == id }) else { return false }
      sinks.append(Sink(id: id, remaining: limit, take: take))
    case .remove(let id):
      guard let index = sinks.firstIndex(where: { $0.id == id }) else { return false }
      sinks.remove(at: index)
    case .startLog(let limit):
      // Begun anew it keeps what it has, as far as there is room.
      log = Log(limit: max(1, limit), events: (log?.events ?? []).suffix(max(1, limit)))
    case .stopLog:
      guard log != nil else { return false }
      log = nil
    case .startStatistics:
      guard counts == nil else { return false }
      counts = Counts(startTime: now)
    case .stopStatistics:
      guard counts != nil else { return false }
      counts = nil
    case .delay(let delay):
      guard self.delay != delay else { return false }
      self.delay = delay
    case .removeAll:
      guard !isEmpty else { return false }
      self = DebugList()
    }
    return true
  }

  /// Counts an event.
  ///
  /// - Returns: Whether anybody wants to see it.
  mutating func count(_ kind: DebugEvent.Kind) -> Bool {
    switch kind {
    case .received, .receivedInfo: counts?.messagesIn += 1
    case .replied: counts?.messagesOut += 1
    case .continued, .handled: break
    }
    return log != nil || !sinks.isEmpty
  }

  /// Remembers the event, and says who gets it: everybody but those who have had their share.
  mutating func takers(of event: DebugEvent) -> [Sink] {
    log?.append(event)
    let takers = sinks
    for index in sinks.indices { sinks[index].remaining? -= 1 }
    sinks.removeAll { $0.remaining == 0 }
    return takers
  }
}
