public import Processes

/// A process that starts other processes, watches them, and starts those that fail again.
///
/// Its children are known beforehand and are started in their order; they are stopped in the reverse
/// order. Differs from `DynamicSupervisor`, whose children come and go.
///
///     let supervisor = try await Supervisor.start(
///       in: runtime, name: "KV.Supervisor",
///       children: [buckets, registry], .init(strategy: .oneForAll))
///
/// When children fail too often (three times within five seconds, by default) the supervisor gives
/// up: it stops its children and ends with `shutdown`, which is a failure to *its* supervisor.
///
/// - Note: Follows OTP's `supervisor` with Elixir's defaults.
public struct Supervisor: Sendable {
  /// When the end of a significant child ends the supervisor.
  public enum AutoShutdown: String, Sendable, Hashable {
    case never
    /// As soon as one has ended by itself and is not restarted.
    case anySignificant = "any_significant"
    /// Once none of them runs.
    case allSignificant = "all_significant"
  }

  public struct Options: Sendable, Hashable {
    public var strategy: RestartStrategy
    /// How many restarts within `period` are allowed.
    public var maxRestarts: Int
    public var period: Duration
    public var autoShutdown: AutoShutdown

    public init(
      strategy: RestartStrategy = .oneForOne, maxRestarts: Int = 3,
      within period: Duration = .seconds(5), autoShutdown: AutoShutdown = .never
    ) {
      self.strategy = strategy
      self.maxRestarts = maxRestarts
      self.period = period
      self.autoShutdown = autoShutdown
    }
  }

  /// The supervisor's process.
  public let ref: ServerRef<SupervisorMessage>

  /// A handle on the supervisor that runs as `pid`, or that bears `name`.
  public init(_ runtime: Runtime, pid: PID) { ref = ServerRef(runtime, pid: pid) }
  public init(_ runtime: Runtime, name: any ProcessName) { ref = ServerRef(runtime, name: name) }

  public var pid: PID? { ref.pid }

  /// Starts a supervisor that is linked to nobody, and its children; returns when all run.
  ///
  /// - Throws: `StartError.failed` with `shutdown:failed_to_start_child:…` when a child fails to
  ///   start; those started before it have been stopped then.
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    children: [ChildSpec],
    _ options: Options = Options()
  ) async throws -> Supervisor {
    try await run(
      ServerStart(runtime, name: name, label: label, timeout: nil), children, options)
  }

  /// Starts a supervisor that is linked to the process `starter`, and its children.
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    children: [ChildSpec],
    _ options: Options = Options()
  ) async throws -> Supervisor {
    var start = ServerStart(starter.runtime, name: name, label: label, timeout: nil)
    start.options.isLinked = true
    return try await run(start, children, options)
  }

  private static func run(
    _ start: consuming ServerStart, _ children: [ChildSpec], _ options: Options
  ) async throws -> Supervisor {
    start.options.kind = .supervisor
    start.options.role = options.strategy.rawValue
    // From the first moment, so that no early signal can end it without its children.
    start.options.isTrappingExits = true
    let ref = try await start.run(
      .now { _ in SupervisorServer(children: children, options: options) })
    return Supervisor(ref.runtime, pid: try ref.startedPID)
  }

  /// How another supervisor runs a supervisor with these children.
  public static func childSpec(
    id: String? = nil, name: (any ProcessName)? = nil, label: String? = nil,
    restart: ChildSpec.Restart = .permanent, children: [ChildSpec], _ options: Options = Options()
  ) -> ChildSpec {
    ChildSpec(id: id ?? name?.description ?? "Supervisor", restart: restart, kind: .supervisor) {
      parent in
      let supervisor = try await startLinked(
        by: parent, name: name, label: label, children: children, options)
      return try supervisor.ref.startedPID
    }
  }
}

// MARK: Its children

extension Supervisor {
  /// Adds a child behind the others and starts it.
  ///
  /// - Throws: `StartError.alreadyPresent` when there is a child of that `id`; `StartError.failed`
  ///   when it fails to start, and then it is not kept; `CallError`.
  public func startChild(_ spec: ChildSpec) async throws -> PID {
    try await ref.call(timeout: nil) { SupervisorMessage(.startChild(spec, $0)) }.get()
  }

  /// Stops a child. Its specification stays, unless it is temporary.
  ///
  /// - Throws: `ChildError.notFound`, `CallError`.
  public func terminateChild(_ id: String) async throws {
    try await ref.call(timeout: nil) { SupervisorMessage(.terminateChild(id, $0)) }.get()
  }

  /// Starts a child that doesn't run, by its specification.
  ///
  /// - Throws: `ChildError.notFound` or `.running`, `StartError`, `CallError`.
  public func restartChild(_ id: String) async throws -> PID {
    try await ref.call(timeout: nil) { SupervisorMessage(.restartChild(id, $0)) }.get()
  }

  /// Forgets the specification of a child that doesn't run.
  ///
  /// - Throws: `ChildError.notFound` or `.running`, `CallError`.
  public func deleteChild(_ id: String) async throws {
    try await ref.call(timeout: nil) { SupervisorMessage(.deleteChild(id, $0)) }.get()
  }

  /// The children in the order of starting, also those that don't run.
  public func whichChildren() async throws -> [ChildInfo] {
    try await ref.call(timeout: nil) { SupervisorMessage(.whichChildren($0)) }
  }

  /// How many children there are.
  public func countChildren() async throws -> ChildCounts {
    try await ref.call(timeout: nil) { SupervisorMessage(.countChildren($0)) }
  }

  /// Stops the children in reverse order, then the supervisor.
  public func stop(_ reason: ExitReason = .normal, timeout: Duration? = nil) async throws {
    try await ref.stop(reason, timeout: timeout)
  }
}

/// A child as its supervisor sees it.
public struct ChildInfo: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    case running(PID)
    /// It failed to start again and is about to be tried once more.
    case restarting
    /// Its specification is kept, but nothing runs.
    case notRunning
  }

  /// The `id` of its specification; nil under a dynamic supervisor, where ids don't identify.
  public let id: String?
  public let state: State
  public let kind: ChildSpec.Kind
}

/// How many children a supervisor has, of which kinds.
public struct ChildCounts: Sendable, Hashable {
  /// Specifications, whether they run or not.
  public var specs = 0
  /// Living children.
  public var active = 0
  public var supervisors = 0
  public var workers = 0
}

/// A child could not be stopped, restarted or deleted.
public enum ChildError: Error, Hashable, Sendable {
  case notFound(String)
  case running(String)
}

extension ChildError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notFound(let id): "the supervisor has no child \(id)"
    case .running(let id): "child \(id) runs: terminate it first"
    }
  }
}

/// What a supervisor is asked; made by `Supervisor`.
public struct SupervisorMessage: Sendable {
  enum Kind: Sendable {
    case startChild(ChildSpec, ReplyTo<Result<PID, StartError>>)
    case terminateChild(String, ReplyTo<Result<Void, ChildError>>)
    case restartChild(String, ReplyTo<Result<PID, any Error>>)
    case deleteChild(String, ReplyTo<Result<Void, ChildError>>)
    case whichChildren(ReplyTo<[ChildInfo]>)
    case countChildren(ReplyTo<ChildCounts>)
    /// A restart failed; to be tried again, after what is in the mailbox.
    case tryAgain(child: String)
  }

  let kind: Kind

  init(_ kind: Kind) { self.kind = kind }
}
