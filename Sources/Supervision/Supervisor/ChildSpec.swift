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
  private final class Storage: Sendable {
    let id: String
    let start: Start
    let terms: ChildTerms
    /// How the last supervisor's children of this specification stand to it.
    let supervision = Locked<Supervision?>(nil)

    init(id: String, start: @escaping Start, terms: ChildTerms) {
      self.id = id
      self.start = start
      self.terms = terms
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
    storage = Storage(
      id: id, start: start,
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
    ChildSpec(
      id: id ?? self.id, restart: restart ?? self.restart, shutdown: shutdown ?? self.shutdown,
      kind: kind, isSignificant: isSignificant ?? self.isSignificant, start: start ?? self.start)
  }

  /// How children of this specification stand to the supervisor whose process this is.
  func supervision(by supervisor: ProcessContext) -> Supervision {
    let name = supervisor.name
    return storage.supervision.withLock { last in
      if let last, last.supervisor == supervisor.pid, last.supervisorName == name { return last }
      let new = Supervision(
        supervisor: supervisor.pid, supervisorName: name, childID: id, terms: storage.terms)
      last = new
      return new
    }
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
    ChildSpec(
      id: id ?? name?.description ?? String(describing: Self.self), restart: restart,
      shutdown: shutdown, isSignificant: isSignificant
    ) { supervisor in
      try await startLinked(by: supervisor, name: name, label: label, make).startedPID
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
    ChildSpec(id: id ?? name?.description ?? "Agent", restart: restart, shutdown: shutdown) {
      supervisor in
      try await startLinked(by: supervisor, name: name, label: label, initial).ref.startedPID
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

extension ServerRef {
  /// The PID of a server that was just started: such a handle always has one.
  @usableFromInline
  var startedPID: PID {
    get throws {
      guard let pid else { throw StartError.failed(.noProcess) }
      return pid
    }
  }
}
