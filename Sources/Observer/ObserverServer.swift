internal import NIOPosix
internal import Processes
public import Supervision

/// A page in the browser that shows what a runtime does, while it does it: trees, processes, charts, history.
///
///     let observer = ObserverServer(runtime: runtime)
///     print(try await observer.start())   // http://127.0.0.1:41263/Vq1…Xk/
///     …
///     await observer.stop()
///
/// An application of its own beside those it shows: supervised, and there still when their trees have given up, which
/// is when it is needed most. It reads the runtime's own tables and asks no process, so it shows the stuck like any
/// other; only `state` on request and actions go through mailboxes.
///
/// Whoever knows the address, in which there is a random token, can look and act. It listens on this machine only unless
/// told otherwise, and costs nothing while no page is open.
///
/// Also a service of swift-service-lifecycle: `run()` starts it and returns after a graceful shutdown.
public final class ObserverServer: Sendable {
  /// How an observer is set up.
  public struct Options: Sendable {
    /// Which address it listens on: `127.0.0.1`. Others let in other machines, and traffic is not encrypted.
    public var host = "127.0.0.1"
    /// Under which names it may be asked for, besides `host` and this machine's own: `observer.example`, also by `https`
    /// through something that encrypts. A request for any other name is refused, since that name may have been made to
    /// lead here.
    public var names: [String] = []
    /// Which port; 0, any that is free.
    public var port = 0
    /// The secret in the address: at least 16 letters, digits, `-` or `_`. Nil, a random one.
    public var token: String?
    /// Changes what is shown of a server's state: given the process and its state in words, returns what is shown.
    /// Servers that hold secrets are better served by a `formatStatus` of their own, which every view heeds.
    public var redact: (@Sendable (ProcessSnapshot, String) -> String)?
    /// Which processes live although nothing of the application's leads to them any more.
    public var orphans: (@Sendable ([ProcessSnapshot]) -> Set<PID>)?
    /// What the children of a supervisor are called, one and many.
    public var childNoun: (@Sendable (String) -> (one: String, many: String)?)?
    var limits = Limits()

    public init() {}
  }

  /// Why an observer did not start.
  public enum StartFailure: Error, Hashable, Sendable {
    case runsAlready(url: String)
    /// It is too short for a secret, or has characters that mean something else in a URL.
    case unusableToken
    /// The system said why.
    case cannotListen(host: String, port: Int, String)
  }

  public let runtime: Runtime
  let house: House
  private let running = Locked<Application?>(nil)
  private let lock = StartLock()

  public init(runtime: Runtime, _ options: Options = Options()) {
    self.runtime = runtime
    house = House(runtime, options)
  }

  /// The names of its own processes.
  public static let supervisorName = "Observer.Supervisor"
  public static let serverName = "Observer.Server"

  /// The page's address with its token; nil while nothing listens.
  public var url: String? { isRunning ? house.url : nil }

  /// Whether its application runs.
  public var isRunning: Bool { running.withLock { $0 }?.isRunning ?? false }

  /// Starts it; returns when it listens.
  ///
  /// - Returns: The page's address.
  /// - Throws: `StartFailure`; `StartError` when the runtime was shut down.
  @discardableResult
  public func start() async throws -> String {
    try await lock.withTurn {
      if let url { throw StartFailure.runsAlready(url: url) }
      let house = house
      guard Token.isUsable(house.token) else { throw StartFailure.unusableToken }
      let listener = Listener.childSpec(name: Self.serverName) { process in
        try await Listener(house, process)
      }
      do {
        let application = try await Application.start(
          "observer", in: runtime,
          root: Supervisor.childSpec(name: Self.supervisorName, children: [listener]))
        running.withLock { $0 = application }
      } catch {
        await house.close()
        throw house.takeFailure() ?? error
      }
      return house.url ?? ""
    }
  }

  /// Stops it: pages are told, connections closed. Nothing happens when it does not run.
  public func stop() async {
    await lock.withTurn {
      if let application = running.withLock({ $0 }) { await application.stop() }
      running.withLock { $0 = nil }
      await house.close()
    }
  }
}

extension ObserverServer.StartFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .runsAlready(let url): "the observer runs already, at \(url)"
    case .unusableToken: "a token has at least 16 letters, digits, - or _, and nothing else"
    case .cannotListen(let host, let port, let why):
      "nothing can listen on \(host):\(port): \(why). Port 0 takes any that is free."
    }
  }
}

/// Lets one start or stop go on at a time.
private actor StartLock {
  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func withTurn<Value: Sendable>(_ body: @Sendable () async throws -> Value) async rethrows -> Value
  {
    if isTaken { await withCheckedContinuation { waiting.append($0) } }
    isTaken = true
    defer {
      if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
    return try await body()
  }
}
