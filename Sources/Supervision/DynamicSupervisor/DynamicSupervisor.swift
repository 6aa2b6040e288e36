public import Processes

/// A supervisor whose children are started on demand.
///
/// Begins empty. Children are of any number and independent of each other: the strategy is always
/// one for one, ids need not differ, and all are stopped at the same time. Differs from `Supervisor`,
/// whose children are known beforehand and depend on each other's order.
///
///     let buckets = try await DynamicSupervisor.start(in: runtime, name: "KV.BucketSupervisor")
///     let bucket = try await buckets.startChild(Bucket.childSpec(label: "shopping"))
///
/// - Note: Follows Elixir's `DynamicSupervisor`.
public struct DynamicSupervisor: Sendable {
  public struct Options: Sendable {
    /// How many restarts within `period` are allowed.
    public var maxRestarts: Int
    public var period: Duration
    /// How many children there may be at a time; nil, no limit.
    public var maxChildren: Int?
    /// What every child's start function finds in `ProcessContext.extraArguments`.
    public var extraArguments: [any Sendable]

    public init(
      maxRestarts: Int = 3, within period: Duration = .seconds(5), maxChildren: Int? = nil,
      extraArguments: [any Sendable] = []
    ) {
      self.maxRestarts = maxRestarts
      self.period = period
      self.maxChildren = maxChildren
      self.extraArguments = extraArguments
    }
  }

  /// The supervisor's process.
  public let ref: ServerRef<DynamicSupervisorMessage>

  /// A handle on the supervisor that runs as `pid`, or that bears `name`.
  public init(_ runtime: Runtime, pid: PID) { ref = ServerRef(runtime, pid: pid) }
  public init(_ runtime: Runtime, name: any ProcessName) { ref = ServerRef(runtime, name: name) }

  public var pid: PID? { ref.pid }

  /// Starts a supervisor without children that is linked to nobody.
  public static func start(
    in runtime: Runtime, name: (any ProcessName)? = nil, label: String? = nil,
    _ options: Options = Options()
  ) async throws -> DynamicSupervisor {
    try await run(ServerStart(runtime, name: name, label: label, timeout: nil), options)
  }

  /// Starts a supervisor without children that is linked to the process `starter`.
  public static func startLinked(
    by starter: ProcessContext, name: (any ProcessName)? = nil, label: String? = nil,
    _ options: Options = Options()
  ) async throws -> DynamicSupervisor {
    var start = ServerStart(starter.runtime, name: name, label: label, timeout: nil)
    start.options.isLinked = true
    return try await run(start, options)
  }

  private static func run(
    _ start: consuming ServerStart, _ options: Options
  ) async throws -> DynamicSupervisor {
    start.options.kind = .dynamicSupervisor
    start.options.role = RestartStrategy.oneForOne.rawValue
    start.options.isTrappingExits = true
    let ref = try await start.run(.now { _ in DynamicSupervisorServer(options: options) })
    return DynamicSupervisor(ref.runtime, pid: try ref.startedPID)
  }

  /// How another supervisor runs a dynamic supervisor.
  public static func childSpec(
    id: String? = nil, name: (any ProcessName)? = nil, label: String? = nil,
    restart: ChildSpec.Restart = .permanent, _ options: Options = Options()
  ) -> ChildSpec {
    ChildSpec(
      id: id ?? name?.description ?? "DynamicSupervisor", restart: restart, kind: .supervisor
    ) {
      parent in
      let supervisor = try await startLinked(by: parent, name: name, label: label, options)
      return try supervisor.ref.startedPID
    }
  }
}

// MARK: Its children

extension DynamicSupervisor {
  /// Starts a child on demand and supervises it.
  ///
  /// Waits until the child has initialized, so one slow start delays the next. A child that fails to
  /// start is forgotten, never retried.
  ///
  /// - Parameter spec: How to start, restart and stop the child. `id` may repeat here.
  /// - Returns: A process identifier, alive when the supervisor answered.
  /// - Throws: `StartError.limitReached` when `maxChildren` run; other `StartError`s; `CallError`.
  /// - Complexity: O(1), plus the child's initialization.
  /// - Note: Follows Elixir's `DynamicSupervisor.start_child/2`.
  public func startChild(_ spec: ChildSpec) async throws -> PID {
    try await ref.call(timeout: nil) { DynamicSupervisorMessage(.startChild(spec, $0)) }.get()
  }

  /// Stops a child and forgets it.
  ///
  /// - Throws: `ChildError.notFound` when it is not a child (any more); `CallError`.
  public func terminateChild(_ pid: PID) async throws {
    try await ref.call(timeout: nil) { DynamicSupervisorMessage(.terminateChild(pid, $0)) }.get()
  }

  /// The children, oldest first.
  public func whichChildren() async throws -> [ChildInfo] {
    try await ref.call(timeout: nil) { DynamicSupervisorMessage(.whichChildren($0)) }
  }

  /// How many children there are.
  public func countChildren() async throws -> ChildCounts {
    try await ref.call(timeout: nil) { DynamicSupervisorMessage(.countChildren($0)) }
  }

  /// Stops all children at the same time, then the supervisor.
  public func stop(_ reason: ExitReason = .normal, timeout: Duration? = nil) async throws {
    try await ref.stop(reason, timeout: timeout)
  }
}

/// What a dynamic supervisor is asked; made by `DynamicSupervisor`.
public struct DynamicSupervisorMessage: Sendable {
  enum Kind: Sendable {
    case startChild(ChildSpec, ReplyTo<Result<PID, StartError>>)
    case terminateChild(PID, ReplyTo<Result<Void, ChildError>>)
    case whichChildren(ReplyTo<[ChildInfo]>)
    case countChildren(ReplyTo<ChildCounts>)
    /// A restart failed; to be tried again, after what is in the mailbox.
    case tryAgain(PID)
  }

  let kind: Kind

  init(_ kind: Kind) { self.kind = kind }
}
