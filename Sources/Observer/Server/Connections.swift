internal import NIOCore
internal import Processes

/// The open connections, of which there are only so many.
///
/// When one too many comes, the eldest that has not shown the token has to go; if all have, the newcomer. So whoever
/// opens a thousand connections and says nothing keeps nobody out.
///
/// `@unchecked Sendable`: touched on the event loop only.
final class Connections: @unchecked Sendable {
  let feed: EventFeed
  private let loop: any EventLoop
  private let limits: Limits
  /// In the order of opening.
  private var open: [Entry] = []
  private var isClosed = false
  private let counter = Locked(0)

  private struct Entry {
    let channel: any Channel
    var isTrusted = false
  }

  init(limits: Limits, loop: any EventLoop, feed: EventFeed) {
    self.limits = limits
    self.loop = loop
    self.feed = feed
  }

  /// How many there are, for whoever is elsewhere.
  var count: Int { counter.withLock { $0 } }

  func add(_ channel: any Channel) {
    loop.preconditionInEventLoop()
    open.append(Entry(channel: channel))
    note()
    if isClosed { return channel.close(promise: nil) }
    guard open.count > limits.connections else { return }
    let victim = open.first { !$0.isTrusted }?.channel ?? channel
    remove(victim)
    victim.close(promise: nil)
  }

  func remove(_ channel: any Channel) {
    loop.preconditionInEventLoop()
    feed.remove(channel)
    open.removeAll { $0.channel === channel }
    note()
  }

  /// It has shown the token.
  func trust(_ channel: any Channel) {
    guard let index = open.firstIndex(where: { $0.channel === channel }) else { return }
    open[index].isTrusted = true
  }

  private func note() {
    let count = open.count
    counter.withLock { $0 = count }
    limits.onConnections?(count)
  }

  func closeAll() async {
    try? await loop.submit { [self] in
      isClosed = true
      feed.close()
      for entry in open { entry.channel.close(promise: nil) }
    }.get()
  }
}
