public import Supervision

/// Starts a process for the test, under a supervisor of the test's own.
///
/// It is stopped when the test ends, before the next begins; several are stopped in the reverse order of
/// their starts. Until then the supervisor restarts it, as its specification says. For use in a test
/// with the trait `.supervised`, or inside `withRuntime`.
///
///     @Test(.supervised) func `the registry finds what it made`() async throws {
///       try await startSupervised(DynamicSupervisor.childSpec(name: "Buckets"))
///       let registry = try await startSupervised(Registry.self) { process in … }
///       …
///     }
///
/// - Throws: `StartError`, `.alreadyPresent` when the test has a child of that `id`; `OutsideTest`.
/// - Note: Follows ExUnit's `start_supervised/2`.
@discardableResult
public func startSupervised(_ spec: ChildSpec) async throws -> PID {
  try await TestScope.require().startChild(spec)
}

/// Starts a server for the test: see `startSupervised(_:)`.
///
/// - Parameters:
///   - id: The name or, without one, the type's by default; give one to start several of a type.
///   - make: Makes the server's first state, inside the new process, at each start.
/// - Returns: A handle by the name, when there is one: then it survives restarts.
public func startSupervised<Server: GenServer>(
  _ type: Server.Type, id: String? = nil, name: (any ProcessName)? = nil, label: String? = nil,
  restart: ChildSpec.Restart = .permanent, shutdown: ChildSpec.Shutdown? = nil,
  _ make: @escaping @Sendable (ProcessContext) async throws -> Server
) async throws -> ServerRef<Server.Message> {
  let scope = try TestScope.require()
  let pid = try await scope.startChild(
    type.childSpec(
      id: id, name: name, label: label, restart: restart, shutdown: shutdown, make))
  return name.map { ServerRef(scope.runtime, name: $0) } ?? ServerRef(scope.runtime, pid: pid)
}

/// Starts an agent for the test: see `startSupervised(_:)`.
///
///     let cart = try await startSupervised(Agent<[String: Int]>.self) { [:] }
///
/// - Parameters:
///   - id: The name or, without one, `Agent`; give one to start several.
///   - initial: Makes the state, inside the new process, at each start.
public func startSupervised<State>(
  _ type: Agent<State>.Type, id: String? = nil, name: (any ProcessName)? = nil,
  label: String? = nil,
  restart: ChildSpec.Restart = .permanent, shutdown: ChildSpec.Shutdown? = nil,
  _ initial: @escaping @Sendable () async throws -> State
) async throws -> Agent<State> {
  let scope = try TestScope.require()
  let pid = try await scope.startChild(
    type.childSpec(
      id: id, name: name, label: label, restart: restart, shutdown: shutdown, initial))
  return name.map { Agent(scope.runtime, name: $0) } ?? Agent(scope.runtime, pid: pid)
}

/// Starts a supervisor for the test: see `startSupervised(_:)`.
///
/// - Parameter id: The name or, without one, the type's by default.
public func startSupervised(
  _ type: Supervisor.Type, id: String? = nil, name: (any ProcessName)? = nil, label: String? = nil,
  restart: ChildSpec.Restart = .permanent, children: [ChildSpec],
  _ options: Supervisor.Options = .init()
) async throws -> Supervisor {
  let scope = try TestScope.require()
  let pid = try await scope.startChild(
    type.childSpec(
      id: id, name: name, label: label, restart: restart, children: children, options))
  return name.map { Supervisor(scope.runtime, name: $0) } ?? Supervisor(scope.runtime, pid: pid)
}

/// Starts a dynamic supervisor for the test: see `startSupervised(_:)`.
///
/// - Parameter id: The name or, without one, the type's by default.
public func startSupervised(
  _ type: DynamicSupervisor.Type, id: String? = nil, name: (any ProcessName)? = nil,
  label: String? = nil,
  restart: ChildSpec.Restart = .permanent, _ options: DynamicSupervisor.Options = .init()
) async throws -> DynamicSupervisor {
  let scope = try TestScope.require()
  let pid = try await scope.startChild(
    type.childSpec(id: id, name: name, label: label, restart: restart, options))
  return name.map { DynamicSupervisor(scope.runtime, name: $0) }
    ?? DynamicSupervisor(scope.runtime, pid: pid)
}

/// Starts a supervisor of tasks for the test: see `startSupervised(_:)`.
///
/// - Parameter id: The name or, without one, the type's by default.
public func startSupervised(
  _ type: TaskSupervisor.Type, id: String? = nil, name: (any ProcessName)? = nil,
  label: String? = nil,
  restart: ChildSpec.Restart = .permanent, _ options: TaskSupervisor.Options = .init()
) async throws -> TaskSupervisor {
  let scope = try TestScope.require()
  let pid = try await scope.startChild(
    type.childSpec(id: id, name: name, label: label, restart: restart, options))
  return name.map { TaskSupervisor(scope.runtime, name: $0) }
    ?? TaskSupervisor(scope.runtime, pid: pid)
}

/// Stops a process that `startSupervised` started, waits until it has ended, and forgets it: another of
/// that `id` can be started.
///
/// - Throws: `ChildError.notFound` when the test has no child of that `id`; `OutsideTest`.
/// - Note: Follows ExUnit's `stop_supervised/1`.
public func stopSupervised(_ id: String) async throws {
  try await TestScope.require().stopChild(id)
}

/// The runtime of the running test, by the trait `.supervised` or by `withRuntime`.
///
/// - Throws: `OutsideTest`.
public var testRuntime: Runtime {
  get throws { try TestScope.require().runtime }
}

/// Something was to be started for a test, and there is none.
public struct OutsideTest: Error, CustomStringConvertible {
  public var description: String {
    """
    there is no runtime for this test: give the test or its suite the trait .supervised, or call this \
    inside withRuntime
    """
  }
}
