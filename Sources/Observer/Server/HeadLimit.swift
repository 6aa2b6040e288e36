internal import NIOCore

/// Ends a connection whose request has no end: counts bytes until the next request's head was understood.
final class HeadLimit: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let limit: Int
  private var count = 0
  private var isOver = false

  init(bytes: Int) { limit = bytes }

  /// A request has been read.
  func reset() { count = 0 }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isOver { return }
    let buffer = unwrapInboundIn(data)
    count += buffer.readableBytes
    guard count > limit else { return context.fireChannelRead(data) }
    isOver = true
    let answer =
      "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    let promise = context.eventLoop.makePromise(of: Void.self)
    let channel = context.channel
    promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: promise)
  }
}
