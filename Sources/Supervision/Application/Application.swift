public import Processes

/// A supervision tree that is started and stopped as one, with the program.
///
///     let application = try await Application.start("kv", in: runtime, root: KV.root())
///     …
///     await application.stop()
///
/// Its root supervisor is linked to a process of the application's own, which outlives nothing: when
/// the root ends, for whatever reason, the application has stopped and its event says why. It is not
/// started again by itself.
///
/// Applications that depend on each other are started and stopped by `Applications`.
///
/// - Note: Follows OTP's `application`.
public struct Application: Sendable {
  public let name: String
  public let runtime: Runtime
  /// The root supervisor.
  public let root: PID
  private let controller: ServerRef<ApplicationMaster.Message>

  /// Starts the tree; returns when all of it runs.
  ///
  /// - Throws: `StartError` when the root doesn't start.
  public static func start(
    _ name: String, in runtime: Runtime, root: ChildSpec
  ) async throws -> Application {
    let start = ServerStart(runtime, ApplicationMaster.options(name), timeout: nil)
    let controller = try await start.run(
      .waiting { process in
        try await ApplicationMaster(ApplicationSpec(name), root: root, process)
      })
    let pid = try await controller.call(timeout: nil) { .root($0) }
    return Application(name: name, runtime: runtime, root: pid, controller: controller)
  }

  /// Whether its root supervisor lives.
  public var isRunning: Bool { runtime.isAlive(root) }

  /// Stops the tree in order and waits until it has stopped; nothing happens when it has already.
  public func stop() async {
    let controller = controller.destination
    guard case .pid(let pid) = controller, runtime.isAlive(pid) else { return }
    try? await runtime.stop(controller, .shutdown)
  }
}
