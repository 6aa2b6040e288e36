/// Hears of connections that come and go, and waits until there are as many as wanted.
final class ConnectionCount: Sendable {
  private let counts: AsyncStream<Int>
  private let sink: AsyncStream<Int>.Continuation

  init() { (counts, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  var listener: @Sendable (Int) -> Void { { [sink] in sink.yield($0) } }

  func wait(until isReached: (Int) -> Bool) async {
    for await count in counts where isReached(count) { return }
  }
}
