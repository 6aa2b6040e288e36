internal import Observer
import Supervision

extension Workload {
  /// What it costs to be looked at: the same load without an observer, with one that no page is open on, and with a page.
  ///
  /// In turns, so that a noisy machine is noisy to all three. The page is a client that asks for what the real one asks
  /// for, as often; what a browser does with it is the browser's own time.
  static let observing = [
    Workload(
      "calls_unobserved", "calls_observer", "calls_page", "calls_page_threads",
      summary:
        "calls among 10,000 processes: unobserved, with an observer, with its page; the observer's share",
      outside: { try await observe($0, "calls", load: callLoad) }),
    Workload(
      "restarts_unobserved", "restarts_observer", "restarts_page", "restarts_page_threads",
      summary: "the same of kills and restarts",
      outside: { try await observe($0, "restarts", load: restartLoad) }),
  ]

  private struct Echo: GenServer {
    enum Message: Sendable { case ask(ReplyTo<Int>) }
    var count = 0
    mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
      if case .ask(let reply) = message {
        count += 1
        reply(count)
      }
      return .receive
    }
  }

  private static let processCount = 10_000
  private static let rounds = 5

  private typealias Load =
    @Sendable (ProcessContext, [ServerRef<Echo.Message>], _ until: Duration) async throws -> Int

  private static let callLoad: Load = { process, servers, end in
    var done = 0
    while process.runtime.now < end {
      for _ in 0..<100 {
        _ = try await servers[done % servers.count].call { .ask($0) }
        done += 1
      }
    }
    return done
  }

  private static let restartLoad: Load = { process, servers, end in
    var done = 0
    while process.runtime.now < end {
      let server = servers[done % servers.count]
      if let pid = server.pid { process.exit(pid, .kill) }
      done += 1
      // Until the supervisor has caught up.
      if done % 50 == 0 {
        while server.pid == nil { try await process.sleep(for: .microseconds(50)) }
      }
    }
    return done
  }

  private static func observe(_ setting: Setting, _ name: String, load: @escaping Load) async throws
  {
    let runtime = setting.runtime
    let children = (0..<processCount).map { number in
      Echo.childSpec(id: "e\(number)", name: "e\(number)") { _ in Echo() }
    }
    let root = try await Supervisor.start(
      in: runtime, children: children, .init(maxRestarts: 1_000_000_000, within: .seconds(1)))
    let servers = (0..<processCount).map { ServerRef<Echo.Message>(runtime, name: "e\($0)") }
    let length = Duration.seconds(max(0.2, 20 * setting.scale))

    /// So many operations in so many nanoseconds.
    @Sendable func measure() async -> (ops: Int, wall: Int, cpu: Int) {
      let (wall, cpu) = (Meter.wallNanoseconds, Meter.cpuNanoseconds)
      let total = Locked(0)
      let end = runtime.now + length
      let drivers = (0..<runtime.workerCount).map { number in
        let part = servers.indices.filter { $0 % runtime.workerCount == number }.map { servers[$0] }
        return runtime.spawn { process in
          let done = try await load(process, part, end)
          total.withLock { $0 += done }
        }
      }
      for driver in drivers { _ = await runtime.waitForExit(of: driver) }
      return (total.withLock { $0 }, Meter.wallNanoseconds - wall, Meter.cpuNanoseconds - cpu)
    }

    var sums: [String: (ops: Int, wall: Int, cpu: Int)] = [:]
    func note(_ variant: String, _ figure: (ops: Int, wall: Int, cpu: Int)) {
      let sum = sums[variant] ?? (0, 0, 0)
      sums[variant] = (sum.ops + figure.ops, sum.wall + figure.wall, sum.cpu + figure.cpu)
    }
    _ = await measure()
    for _ in 0..<rounds {
      note("unobserved", await measure())
      let observer = ObserverServer(runtime: runtime)
      let url = try await observer.start()
      note("observer", await measure())
      let page = try SilentPage(url)
      // What a page asks for once, it has by then.
      try await _Concurrency.Task.sleep(for: .milliseconds(300))
      let before = ThreadClocks.observer
      let figure = await measure()
      note("page", figure)
      // Not how long the load took, which `page` tells, but how long the observer's threads had a processor.
      let threads = ThreadClocks.observer - before
      note("page_threads", (figure.ops, threads, threads))
      page.close()
      await observer.stop()
    }
    for variant in ["unobserved", "observer", "page", "page_threads"] {
      let sum = sums[variant] ?? (0, 0, 0)
      setting.meter.report("\(name)_\(variant)", ops: sum.ops, wall: sum.wall, cpu: sum.cpu)
    }
    try await root.stop()
  }
}
