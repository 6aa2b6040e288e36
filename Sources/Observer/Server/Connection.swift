internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Processes
internal import Views

/// One connection: takes requests apart, has them answered, keeps time.
///
/// On its event loop. What takes a while is done by the pool's thread, what waits for a process by a task; either comes
/// back here with its answer.
final class Connection: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let desk: Desk
  private let gate: Gate
  private let limits: Limits
  private let pool: NIOThreadPool
  private let executor: PoolExecutor
  private let head: HeadLimit
  private let connections: Connections
  private var context: ChannelHandlerContext?
  private var request: HTTPRequestHead?
  private var body: [UInt8] = []
  private var refusal: Refusal?
  /// Whether the answer has its own time: somebody was asked who may take long, or it is a stream.
  private var isOpenEnded = false
  private var deadline: Scheduled<Void>?

  init(
    desk: Desk, gate: Gate, limits: Limits, pool: NIOThreadPool, executor: PoolExecutor,
    head: HeadLimit, connections: Connections
  ) {
    self.desk = desk
    self.gate = gate
    self.limits = limits
    self.pool = pool
    self.executor = executor
    self.head = head
    self.connections = connections
  }

  func channelActive(context: ChannelHandlerContext) {
    self.context = context
    connections.add(context.channel)
    expectProgress()
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    connections.remove(context.channel)
    self.context = nil
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // Who is read no further is told why, unless in the middle of something else.
    guard let error = error as? HTTPParserError, !isOpenEnded else {
      return context.close(promise: nil)
    }
    send(
      .refusal(
        error == .headerOverflow
          ? Refusal(431, "too_large", "The headers are too large, or too many.")
          : .malformed("This is no request of HTTP/1.1.")),
      HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"), closes: true)
  }

  /// Somebody who neither sends nor reads for so long is let go.
  private func expectProgress() {
    deadline?.cancel()
    guard let context, !isOpenEnded else { return }
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: .init(limits.patience)) {
      channel.close(promise: nil)
    }
  }

  // MARK: Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head.reset()
      request = head
      body = []
      refusal = nil
      let size = head.headers.reduce(head.uri.utf8.count) {
        $0 + $1.name.utf8.count + $1.value.utf8.count + 4
      }
      if head.uri.utf8.count > 8 << 10 {
        refusal = Refusal(414, "too_long", "The address is longer than 8 kB.")
      } else if size > limits.headerBytes {
        refusal = Refusal(
          431, "too_large", "The headers are larger than \(limits.headerBytes) bytes.")
      }
    case .body(let buffer):
      self.head.reset()
      if body.count + buffer.readableBytes > limits.bodyBytes {
        refusal =
          refusal ?? Refusal(413, "too_large", "The body is larger than \(limits.bodyBytes) bytes.")
        body = []
        // What else comes is not read any more.
        if request != nil { finish(context) }
      } else {
        body += buffer.readableBytesView
      }
    case .end:
      self.head.reset()
      if request != nil { finish(context) }
    }
  }

  /// The request is complete, or won't be.
  private func finish(_ context: ChannelHandlerContext) {
    guard let head = request else { return }
    request = nil
    expectProgress()
    let peer = context.remoteAddress?.ipAddress ?? "somebody"
    var isPage = false
    do throws(Refusal) {
      if let refusal { throw refusal }
      guard
        let request = Request(
          method: head.method.rawValue, target: head.uri, headers: Self.headers(head.headers),
          body: body, peer: peer)
      else {
        throw .malformed(
          "The address has to begin with a slash, and its escapes have to make sense.")
      }
      isPage = request.path.count <= 1
      let path = try gate.admit(request)
      connections.trust(context.channel)
      let endpoint = try Endpoint(path, of: request)
      answer(endpoint, request, head, context)
    } catch {
      let wantsPage = isPage && head.headers["Accept"].contains { $0.contains("text/html") }
      send(wantsPage ? .refusalPage(error) : .refusal(error), head, closes: error.status != 404)
    }
  }

  private static func headers(_ headers: HTTPHeaders) -> Request.Headers {
    Request.Headers(
      host: headers["Host"], origin: headers.first(name: "Origin"),
      fetchSite: headers.first(name: "Sec-Fetch-Site"),
      authorization: headers.first(name: "Authorization"),
      contentType: headers.first(name: "Content-Type"),
      lastEventID: headers.first(name: "Last-Event-ID"))
  }

  private func answer(
    _ endpoint: Endpoint, _ request: Request, _ head: HTTPRequestHead,
    _ context: ChannelHandlerContext
  ) {
    let (desk, loop, count) = (desk, context.eventLoop, connections.count)
    let begin = NIODeadline.now()
    let answered: EventLoopFuture<Answer>
    switch endpoint {
    case .state, .action:
      // Whoever is asked may take long; the time for that is the request's own.
      isOpenEnded = true
      deadline?.cancel()
      let promise = loop.makePromise(of: Answer.self)
      answered = promise.futureResult
      _ = _Concurrency.Task(executorPreference: executor) {
        do throws(Refusal) {
          promise.succeed(try await desk.answerLater(endpoint, request))
        } catch {
          promise.succeed(.refusal(error))
        }
      }
    case .stream:
      answered = loop.makeSucceededFuture(
        (try? desk.answer(endpoint, connections: count)) ?? .json(.null))
    default:
      answered = pool.runIfActive(eventLoop: loop) {
        do throws(Refusal) { return try desk.answer(endpoint, connections: count) } catch {
          return .refusal(error)
        }
      }
    }
    answered.whenComplete { [self] result in
      guard case .success(var answer) = result else {
        return send(.refusal(Refusal(503, "closing", "The server is closing.")), head, closes: true)
      }
      let cost = Double((NIODeadline.now() - begin).nanoseconds) / 1e6
      answer.headers.append(("Server-Timing", "total;dur=\(cost)"))
      send(answer, head, closes: false)
    }
  }

  // MARK: Writing

  private func send(_ answer: Answer, _ request: HTTPRequestHead, closes: Bool) {
    guard let context else { return }
    isOpenEnded = false
    let isKept = request.isKeepAlive && !closes
    var headers = HTTPHeaders([
      ("Content-Type", answer.type), ("X-Content-Type-Options", "nosniff"),
      ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store"),
      ("X-Frame-Options", "DENY"), ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Cross-Origin-Opener-Policy", "same-origin"),
    ])
    for (name, value) in answer.headers { headers.add(name: name, value: value) }
    if !headers.contains(name: "Content-Security-Policy") {
      headers.add(name: "Content-Security-Policy", value: PageAssets.strictPolicy)
    }
    var bytes: [UInt8] = []
    switch answer.body {
    case .bytes(let all):
      bytes = all
      headers.add(name: "Content-Length", value: String(bytes.count))
      if !isKept { headers.add(name: "Connection", value: "close") }
    case .stream where request.method == .HEAD: headers.add(name: "Content-Length", value: "0")
    case .stream: headers.add(name: "X-Accel-Buffering", value: "no")
    }
    let head = HTTPResponseHead(
      version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
    if case .stream(let last) = answer.body, request.method != .HEAD {
      isOpenEnded = true
      deadline?.cancel()
      context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
      connections.feed.add(context.channel, after: last)
      return
    }
    expectProgress()
    var sent = progress(context)
    context.write(wrapOutboundOut(.head(head)), promise: sent)
    // In parts, so that somebody who reads slowly, but does read, is seen to.
    var rest = request.method == .HEAD ? ByteBuffer() : ByteBuffer(bytes: bytes)
    while rest.readableBytes > 0,
      let part = rest.readSlice(length: min(Self.partBytes, rest.readableBytes))
    {
      sent = progress(context)
      context.write(wrapOutboundOut(.body(.byteBuffer(part))), promise: sent)
    }
    sent.futureResult.whenSuccess { [self] in end(isKept: isKept) }
    context.flush()
  }

  /// Ends an answer, once it has been taken off: that lets in the next request, so that there is one answer at a time in
  /// memory for somebody who asks and never reads.
  private func end(isKept: Bool) {
    guard let context else { return }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    // What still comes is read and dropped for a while: closing at once would take back the answer.
    if !isKept { context.close(mode: .output, promise: nil) }
  }

  private static let partBytes = 64 << 10

  /// Once what was written with it is read, the time for the next begins.
  private func progress(_ context: ChannelHandlerContext) -> EventLoopPromise<Void> {
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.whenSuccess { [self] in expectProgress() }
    return promise
  }
}
