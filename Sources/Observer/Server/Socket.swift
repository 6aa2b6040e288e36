internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Processes

/// A listening socket and its connections, all on one event loop.
final class Socket: Sendable {
  let port: Int
  private let channel: any Channel
  private let connections: Connections
  private let closing = Locked<_Concurrency.Task<Void, Never>?>(nil)

  private init(_ channel: any Channel, port: Int, connections: Connections) {
    self.channel = channel
    self.port = port
    self.connections = connections
  }

  static func open(
    host: String, port: Int, token: String, names: [String], desk: Desk, limits: Limits
  ) async throws -> Socket {
    // NIO's own threads, which it starts when they are first asked for: here.
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let pool = NIOThreadPool.singleton
    let feed = EventFeed(desk: desk, loop: loop, pool: pool, limits: limits)
    let connections = Connections(limits: limits, loop: loop, feed: feed)
    let gate = Gate()
    let executor = PoolExecutor(pool)
    let channel = try await ServerBootstrap(group: loop)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          let head = HeadLimit(bytes: limits.headerBytes + limits.bodyBytes)
          try pipeline.addHandler(head)
          try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
          try pipeline.addHandler(
            Connection(
              desk: desk, gate: gate, limits: limits, pool: pool, executor: executor, head: head,
              connections: connections))
        }
      }
      .childChannelOption(
        .writeBufferWaterMark, value: .init(low: limits.unreadBytes / 4, high: limits.unreadBytes)
      )
      // Else the system itself takes in megabytes for somebody who never reads.
      .childChannelOption(.socketOption(.so_sndbuf), value: .init(limits.unreadBytes))
      .childChannelOption(.maxMessagesPerRead, value: 4)
      .bind(host: host, port: port).get()
    let port = channel.localAddress?.port ?? port
    gate.set(Gatekeeper(token: token, host: host, port: port, names: names))
    return Socket(channel, port: port, connections: connections)
  }

  /// Stops listening, says goodbye to open pages, closes all connections. Closing twice is closing once.
  func close() async {
    let closing = closing.withLock { closing in
      let task =
        closing
        ?? _Concurrency.Task { [channel, connections] in
          try? await channel.close().get()
          await connections.closeAll()
        }
      closing = task
      return task
    }
    await closing.value
  }
}
