public import Processes

/// The applications of a runtime: which there are, which run, what each needs.
///
/// Differs from `Application`, which is one tree that depends on nothing, in starting applications
/// after those they depend on, and in stopping all in the reverse order.
///
///     let applications = try await Applications.start(in: runtime, [database, web])
///     try await applications.ensureAllStarted("web", .permanent)   // ["database", "web"]
///     …
///     await applications.stopAll()                                 // web, then database
///
/// When a permanent application ends, all others are stopped and with them the controller, the process
/// behind this; `waitUntilEnded` tells a program's main function why:
///
///     print(await applications.waitUntilEnded())   // application_terminated:web:shutdown
///
/// Inside an application, `Applications(process.runtime)` reaches its runtime's.
///
/// - Note: Follows OTP's `application` and its application controller.
public struct Applications: Sendable {
  /// The name of the controller; there is one in a runtime.
  public static let name = "ApplicationController"

  private let controller: ServerRef<ApplicationController.Message>

  public var runtime: Runtime { controller.runtime }

  /// The controller's process; nil when it does not run.
  public var pid: PID? { controller.pid }

  /// A handle on the applications of `runtime`, which somebody has to start.
  public init(_ runtime: Runtime) {
    controller = ServerRef(runtime, name: Self.name)
  }

  /// Starts the controller, which knows these applications and runs none yet.
  ///
  /// - Throws: `ApplicationError.alreadyLoaded` for a name that occurs twice; `StartError`.
  public static func start(
    in runtime: Runtime, _ specs: [ApplicationSpec] = []
  ) async throws -> Applications {
    var start = ServerStart(runtime, name: Self.name, label: nil, timeout: nil)
    start.options.isTrappingExits = true
    start.options.isSilent = true
    _ = try await start.run(.now { _ in ApplicationController() })
    let applications = Applications(runtime)
    do {
      for spec in specs { try await applications.load(spec) }
    } catch {
      await applications.stopAll()
      throw error
    }
    return applications
  }
}

// MARK: Starting and stopping

extension Applications {
  /// Starts an application whose dependencies run already; returns when its tree runs.
  ///
  /// - Throws: `ApplicationError`: `.notStarted` names a dependency that does not run,
  ///   `.alreadyStarted` says that it runs itself, `.failed` why its root did not start; `CallError`.
  ///   A permanent or transient application that fails to start stops all others, as its end does.
  /// - Note: Follows OTP's `application:start/2`.
  public func start(_ name: String, _ type: ApplicationType = .temporary) async throws {
    try await controller.call(timeout: nil) { .start(name, type, $0) }.get()
  }

  /// Starts an application after everything it depends on that does not run yet, all with `type`.
  ///
  /// When one fails to start, those that this has started are stopped again.
  ///
  /// - Returns: What was started, in this order; empty when everything ran.
  /// - Throws: `ApplicationError`: `.unknown` and `.circular` before anything is started; `CallError`.
  /// - Note: Follows OTP's `application:ensure_all_started/2`.
  @discardableResult
  public func ensureAllStarted(
    _ name: String, _ type: ApplicationType = .temporary
  ) async throws -> [String] {
    let plan = try await controller.call(timeout: nil) { .plan(name, $0) }.get()
    var started: [String] = []
    do {
      for name in plan {
        do {
          try await start(name, type)
          started.append(name)
        } catch ApplicationError.alreadyStarted {}
      }
    } catch {
      for name in started.reversed() { try? await stop(name) }
      throw error
    }
    return started
  }

  /// Stops an application and waits until it has stopped. Others that depend on it are not asked.
  ///
  /// - Throws: `ApplicationError.notStarted`; `CallError`.
  /// - Note: Follows OTP's `application:stop/1`.
  public func stop(_ name: String) async throws {
    try await controller.call(timeout: nil) { .stop(name, $0) }.get()
  }

  /// Stops all applications, the youngest first, then the controller; nothing happens without one.
  public func stopAll() async {
    try? await controller.stop(.shutdown)
  }

  /// Waits until the controller has ended: by `stopAll`, or since an application took all along.
  ///
  /// - Returns: Why: `application_terminated:…` or `application_start_failure:…` with the
  ///   application and its reason in the latter cases; `noProcess` when there was none.
  public func waitUntilEnded() async -> ExitReason {
    guard let pid else { return .noProcess }
    return await runtime.waitForExit(of: pid) ?? .noProcess
  }
}

// MARK: What there is

extension Applications {
  /// Makes an application known.
  ///
  /// - Throws: `ApplicationError.alreadyLoaded`; `CallError`.
  public func load(_ spec: ApplicationSpec) async throws {
    try await controller.call(timeout: nil) { .load(spec, $0) }.get()
  }

  /// Forgets an application that doesn't run, and its settings.
  ///
  /// - Throws: `ApplicationError.unknown` or `.running`; `CallError`.
  public func unload(_ name: String) async throws {
    try await controller.call(timeout: nil) { .unload(name, $0) }.get()
  }

  /// The names of all that are loaded, in order.
  public func loaded() async throws -> [String] {
    try await controller.call(timeout: nil) { .loaded($0) }
  }

  /// What runs, in the order of starting.
  public func running() async throws -> [RunningApplication] {
    try await controller.call(timeout: nil) { .running($0) }
  }

  /// What is set for an application under `key`; nil when nothing of that type is.
  ///
  /// - Note: Follows OTP's `application:get_env/2`.
  public func setting<Value: Sendable>(
    _ key: String, of application: String, as type: Value.Type = Value.self
  ) async throws -> Value? {
    let value: (any Sendable)? = try await controller.call { .setting(application, key, $0) }
    return value as? Value
  }

  /// Sets something about an application, until it is unloaded; nil removes the setting.
  ///
  /// - Throws: `ApplicationError.unknown`; `CallError`.
  public func set(
    _ key: String, of application: String, to value: (any Sendable)?
  ) async throws {
    try await controller.call { .set(application, key, value, $0) }.get()
  }
}

/// An application that runs.
public struct RunningApplication: Sendable, Hashable {
  public let name: String
  public let type: ApplicationType
  /// Its root supervisor; nil for a library.
  public let root: PID?
}
