public import Processes

/// How a supervisor starts, restarts and stops one child.
///
/// A value: derive one from a type, change what differs.
///
///     let spec = Bucket.childSpec(label: "shopping")   // temporary, as its type says
///     let stubborn = spec.with(restart: .permanent)
///
/// - Note: Follows OTP's child specifications and Elixir's `Supervisor.child_spec/2`.
public struct ChildSpec: Sendable {
  public typealias Restart = ChildRestart
  public typealias Shutdown = ChildShutdown
  public typealias Kind = ChildKind

  /// Starts the child, linked to the supervisor whose process runs this.
  public typealias Start = @Sendable (_ supervisor: ProcessContext) async throws -> PID

  /// Shared by the copies of a specification, so that a million children of one kind keep one.
  ///
  /// `@unchecked Sendable`: what changes is under the lock.
  private final class Storage: @unchecked Sendable {
    let id: String
    let begin: ChildStart.Function
    let terms: ChildTerms
    private let lock = Lock()
    /// How the last supervisor's children of this specification stand to it.
    @exclusivity(unchecked) private var supervision: Supervision?

    init(id: String, begin: @escaping ChildStart.Function, terms: ChildTerms) {
      self.id = id
      self.begin = begin
      self.terms = terms
    }

    func supervision(by supervisor: ProcessContext) -> Supervision {
      let name = supervisor.name
      return lock.withLock {
        if let supervision, supervision.supervisor == supervisor.pid,
          supervision.supervisorName == name
        {
          return supervision
        }
        let new = Supervision(
          supervisor: supervisor.pid, supervisorName: name, childID: id, terms: terms)
        supervision = new
        return new
      }
    }

    func start(_ supervisor: ProcessContext) async throws -> PID {
      switch try begin(supervisor, nil) {
      case .done(let pid): pid
      case .awaiting(let start): try await start(supervisor)
      }
    }
  }

  private let storage: Storage

  /// Names the child within its supervisor.
  public var id: String { storage.id }
  public var start: Start { storage.start }
  public var restart: Restart { storage.terms.restart }
  public var shutdown: Shutdown { storage.terms.shutdown }
  public var kind: Kind { storage.terms.kind }
  /// Whether its end may end the supervisor: see `Supervisor.AutoShutdown`.
  public var isSignificant: Bool { storage.terms.isSignificant }

  /// - Parameters:
  ///   - shutdown: By default five seconds for a worker, infinity for a supervisor.
  ///   - start: Returns once the child has initialized. Throws `StartError`; `.ignored` means that
  ///     the child is not wanted now.
  public init(
    id: String, restart: Restart = .permanent, shutdown: Shutdown? = nil, kind: Kind = .worker,
    isSignificant: Bool = false, start: @escaping Start
  ) {
    self.init(
      id: id, restart: restart, shutdown: shutdown, kind: kind, isSignificant: isSignificant
    ) { _, _ in .awaiting(start) }
  }

  @usableFromInline
  init(
    id: String, restart: Restart, shutdown: Shutdown?, kind: Kind = .worker, isSignificant: Bool,
    _ begin: @escaping ChildStart.Function
  ) {
    storage = Storage(
      id: id, begin: begin,
      terms: ChildTerms(
        restart: restart,
        shutdown: shutdown ?? (kind == .worker ? .after(.seconds(5)) : .infinity), kind: kind,
        isSignificant: isSignificant))
  }

  /// The same specification with some parts replaced.
  public func with(
    id: String? = nil, restart: Restart? = nil, shutdown: Shutdown? = nil,
    isSignificant: Bool? = nil, start: Start? = nil
  ) -> ChildSpec {
    var begin = storage.begin
    if let start { begin = { _, _ in .awaiting(start) } }
    return ChildSpec(
      id: id ?? self.id, restart: restart ?? self.restart, shutdown: shutdown ?? self.shutdown,
      kind: kind, isSignificant: isSignificant ?? self.isSignificant, begin)
  }

  /// Starts the child, as far as that goes without an `await`.
  func begin(by supervisor: ProcessContext, as place: ChildPlace?) throws -> ChildStart {
    try storage.begin(supervisor, place)
  }

  /// How children of this specification stand to the supervisor whose process this is.
  func supervision(by supervisor: ProcessContext) -> Supervision {
    storage.supervision(by: supervisor)
  }

  /// Whether a child that ended with `reason` is to be started again.
  func shouldRestart(after reason: ExitReason) -> Bool {
    switch restart {
    case .permanent: true
    case .transient: !reason.isOrderly
    case .temporary: false
    }
  }
}

extension GenServer {
  /// How a supervisor runs a server of this type.
  ///
  /// - Parameters:
  ///   - id: The type's name by default.
  ///   - make: Makes the server's first state, inside the new process, at each start.
  @inlinable
  public static func childSpec(
    id: String? = nil, name: (any ProcessName)? = nil, label: String? = nil,
    restart: ChildSpec.Restart = .permanent, shutdown: ChildSpec.Shutdown? = nil,
    isSignificant: Bool = false,
    _ make: @escaping @Sendable (ProcessContext) throws -> Self
  ) -> ChildSpec {
    let start = StartName(ifAny: name)
    return ChildSpec(
      id: id ?? name?.description ?? String(describing: Self.self), restart: restart,
      shutdown: shutdown, isSignificant: isSignificant
    ) { supervisor, place in
      let now = ServerStart(linkedTo: supervisor, as: place, under: start, label: label)
      if let server = try now.runNow(make) { return .done(try server.startedPID) }
      return .awaiting { supervisor in
        try await ServerStart(linkedTo: supervisor, under: start, label: label).run(.now(make))
          .startedPID
      }
    }
  }

  /// The same with a `make` that waits for others.
  @_disfavoredOverload
  @inlinable
  public static func childSpec(
    id: String? = nil, name: (any ProcessName)? = nil, label: String? = nil,
    restart: ChildSpec.Restart = .permanent, shutdown: ChildSpec.Shutdown? = nil,
    isSignificant: Bool = false,
    _ make: @escaping @Sendable (ProcessContext) async throws -> Self
  ) -> ChildSpec {
    ChildSpec(
      id: id ?? name?.description ?? String(describing: Self.self), restart: restart,
      shutdown: shutdown, isSignificant: isSignificant
    ) { supervisor in
      try await startLinked(by: supervisor, name: name, label: label, make).startedPID
    }
  }
}

extension Agent {
  /// How a supervisor runs an agent whose state `initial` makes at each start.
  ///
  /// - Parameter id: The name by default, else `Agent`.
  @inlinable
  public static func childSpec(
    id: String? = nil, name: (any ProcessName)? = nil, label: String? = nil,
    restart: ChildSpec.Restart = .permanent, shutdown: ChildSpec.Shutdown? = nil,
    _ initial: @escaping @Sendable () throws -> State
  ) -> ChildSpec {
    let start = StartName(ifAny: name)
    return ChildSpec(
      id: id ?? name?.description ?? "Agent", restart: restart, shutdown: shutdown,
      isSignificant: false
    ) { supervisor, place in
      let now = ServerStart(linkedTo: supervisor, as: place, under: start, label: label).asAgent()
      if let server = try now.runNow({ _ in AgentServer(state: try initial()) }) {
        return .done(try server.startedPID)
      }
      return .awaiting { supervisor in
        try await ServerStart(linkedTo: supervisor, under: start, label: label).asAgent()
          .run(.now { _ in AgentServer(state: try initial()) }).startedPID
      }
    }
  }

  /// The same with an `initial` that waits for others.
  @_disfavoredOverload
  @inlinable
  public static func childSpec(
    id: String? = nil, name: (any ProcessName)? = nil, label: String? = nil,
    restart: ChildSpec.Restart = .permanent, shutdown: ChildSpec.Shutdown? = nil,
    _ initial: @escaping @Sendable () async throws -> State
  ) -> ChildSpec {
    ChildSpec(id: id ?? name?.description ?? "Agent", restart: restart, shutdown: shutdown) {
      supervisor in
      try await startLinked(by: supervisor, name: name, label: label, initial).ref.startedPID
    }
  }
}
