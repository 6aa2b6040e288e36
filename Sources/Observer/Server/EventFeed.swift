internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Processes
internal import Supervision
internal import Views

/// Live events for all open pages, and a sample each second.
///
/// While no page is open, it is not subscribed to anything and does nothing. While one is, an event costs whoever causes
/// it the increment of a counter, and a wake-up of this loop some twenty times a second at most; the events themselves are
/// read out of the history here.
///
/// `@unchecked Sendable`: touched on the event loop only, but for `news`, which anybody may ring.
final class EventFeed: @unchecked Sendable {
  private let desk: Desk
  private let loop: any EventLoop
  private let pool: NIOThreadPool
  private let limits: Limits
  private let isRung = Locked(false)
  private var clients: [Client] = []
  private var subscription: EventSubscription?
  private var sampling: RepeatedTask?
  private var isSampling = false
  private var nextSample = NIODeadline.now()
  /// Whether more came than was sent.
  private var isCrowded = false
  private var isClosed = false

  /// Looked at one by one in a copy of the list: writing to a connection that broke removes it from there.
  private final class Client {
    let channel: any Channel
    /// The newest event it was sent.
    var sent: EventNumber
    /// Since when it has not read what it was sent.
    var stuckSince: NIODeadline?

    init(channel: any Channel, sent: EventNumber) {
      self.channel = channel
      self.sent = sent
    }
  }

  /// How long events are gathered: a moment, and longer while there are very many.
  private static let pause = TimeAmount.milliseconds(20)
  private static let longPause = TimeAmount.milliseconds(250)
  /// How many are sent at once; of more than that, only the newest.
  private static let batch = 250
  /// How much of a processor's time samples may take: one part in so many.
  private static let pace = 100

  init(desk: Desk, loop: any EventLoop, pool: NIOThreadPool, limits: Limits) {
    self.desk = desk
    self.loop = loop
    self.pool = pool
    self.limits = limits
  }

  private var log: EventLog { desk.runtime.events }

  /// Sends a new page what has happened since `last`, or with nil what happens from now on.
  func add(_ channel: any Channel, after last: EventNumber?) {
    loop.preconditionInEventLoop()
    if isClosed { return channel.close(promise: nil) }
    if subscription == nil {
      subscription = log.subscribe(capacity: 1) { [weak self] in self?.ring() }
    }
    if sampling == nil {
      sampling = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) {
        [weak self] _ in self?.sample()
      }
    }
    let newest = log.lastNumber
    // A number from the future is another runtime's.
    let isKnown = last.map { $0 <= newest } ?? true
    clients.append(Client(channel: channel, sent: isKnown ? last ?? newest : newest))
    let hello: JSONValue = [
      "type": "hello", "seq": .integer(Int64(newest)),
      "runtime": .integer(Int64(desk.runtime.number)), "known": .bool(isKnown),
    ]
    write("retry: 1000\nevent: hello\ndata: \(hello)\n\n", to: channel)
    flush()
    sample()
  }

  func remove(_ channel: any Channel) {
    loop.preconditionInEventLoop()
    clients.removeAll { $0.channel === channel }
    guard clients.isEmpty, subscription != nil else { return }
    if let subscription { log.unsubscribe(subscription) }
    subscription = nil
    sampling?.cancel()
    sampling = nil
  }

  /// Says goodbye to all pages.
  func close() {
    loop.preconditionInEventLoop()
    isClosed = true
    for client in clients { write("event: bye\ndata: {\"type\":\"bye\"}\n\n", to: client.channel) }
    for client in clients { remove(client.channel) }
  }

  // MARK: Events

  /// There is an event. On the thread of whoever caused it.
  private func ring() {
    let isFirst = isRung.withLock { isRung in
      defer { isRung = true }
      return !isRung
    }
    guard isFirst else { return }
    loop.execute { [weak self] in
      guard let self else { return }
      loop.scheduleTask(in: isCrowded ? Self.longPause : Self.pause) { [weak self] in
        self?.flush()
      }
    }
  }

  private func flush() {
    isRung.withLock { $0 = false }
    // Emptied before the history is read: an event that comes later rings again.
    _ = subscription?.drain()
    let newest = log.lastNumber
    isCrowded = clients.contains { newest > $0.sent + UInt64(Self.batch / 2) }
    // Pages that are equally far share what they are sent.
    var texts: [EventNumber: ByteBuffer] = [:]
    for client in clients where client.sent < newest {
      guard canWrite(client) else { continue }
      let sent = client.sent
      let text = texts[sent] ?? ByteBuffer(string: events(after: sent, to: newest))
      texts[sent] = text
      client.sent = newest
      write(text, to: client.channel)
    }
  }

  private func events(after sent: EventNumber, to newest: EventNumber) -> String {
    let first =
      newest - sent > UInt64(Self.batch) ? newest - UInt64(Self.batch) + 1 : sent + 1
    var missed = first - sent - 1
    var events: [JSONValue] = []
    for number in first...newest {
      if let event = log.event(number) {
        events.append(EventJSON.object(event))
      } else {
        missed += 1
      }
    }
    var text = ""
    if missed > 0 {
      text += "event: gap\ndata: {\"type\":\"gap\",\"missed\":\(missed)}\n\n"
    }
    let batch: JSONValue = [
      "type": "events", "time_s": .number(desk.runtime.now / .seconds(1)), "events": .array(events),
    ]
    return text + "id: \(newest)\nevent: events\ndata: \(batch)\n\n"
  }

  // MARK: Samples

  private func sample() {
    // One at a time: a large system may take its while, and is sampled less often.
    let begin = NIODeadline.now()
    if isSampling || clients.isEmpty || begin < nextSample { return }
    isSampling = true
    let desk = desk
    pool.runIfActive(eventLoop: loop) { desk.sample() }.whenComplete { [weak self] result in
      guard let self else { return }
      isSampling = false
      let end = NIODeadline.now()
      nextSample = end + (end - begin) * Self.pace
      guard case .success(let value) = result else { return }
      let text = ByteBuffer(string: "event: sample\ndata: \(value)\n\n")
      for client in clients where canWrite(client) { write(text, to: client.channel) }
    }
  }

  // MARK: Writing

  /// Whether a page has read enough of what it was sent; one that has not for long is dropped.
  private func canWrite(_ client: Client) -> Bool {
    if client.channel.isWritable {
      client.stuckSince = nil
      return true
    }
    let now = NIODeadline.now()
    let since = client.stuckSince ?? now
    client.stuckSince = since
    if now - since > .init(limits.patience) {
      let channel = client.channel
      loop.execute { channel.close(mode: .all, promise: nil) }
    }
    return false
  }

  private func write(_ text: String, to channel: any Channel) {
    write(ByteBuffer(string: text), to: channel)
  }

  private func write(_ buffer: ByteBuffer, to channel: any Channel) {
    channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(buffer)), promise: nil)
  }
}
