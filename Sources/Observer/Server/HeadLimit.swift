internal import NIOCore
internal import Views

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
    var body: [UInt8] = []
    Refusal(431, "too_large", "The headers are too large.").json.write(to: &body)
    let head =
      "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n"
      + "Content-Type: application/json; charset=utf-8\r\nContent-Length: \(body.count)\r\n\r\n"
    let promise = context.eventLoop.makePromise(of: Void.self)
    let channel = context.channel
    // What still comes is read and dropped for a while: closing at once would take back the answer.
    promise.futureResult.whenSuccess { channel.close(mode: .output, promise: nil) }
    context.writeAndFlush(
      wrapOutboundOut(ByteBuffer(bytes: Array(head.utf8) + body)), promise: promise)
  }
}
