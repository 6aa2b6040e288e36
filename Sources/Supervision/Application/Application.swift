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
/// - Note: Follows OTP's `application`.
public struct Application: Sendable {
  public let name: String
  public let runtime: Runtime
  /// The root supervisor.
  public let root: PID
  private let controller: ServerRef<ApplicationController.Message>

  /// Starts the tree; returns when all of it runs.
  ///
  /// - Throws: `StartError` when the root doesn't start.
  public static func start(
    _ name: String, in runtime: Runtime, root: ChildSpec
  ) async throws -> Application {
    var start = ServerStart(runtime, name: nil, label: "application \(name)", timeout: nil)
    start.options.isTrappingExits = true
    start.options.role = "Application"
    start.options.isSilent = true
    let controller = try await start.run { process in
      ApplicationController(name: name, root: try await root.start(process))
    }
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

/// The process between the outside and the root supervisor: the root's parent.
struct ApplicationController: GenServer {
  enum Message: Sendable {
    case root(ReplyTo<PID>)
  }

  let name: String
  let root: PID
  private var rootIdentity: ProcessIdentity?

  init(name: String, root: PID) {
    self.name = name
    self.root = root
  }

  mutating func initialize(_ process: ProcessContext) -> Initial {
    guard let cell = process.runtime.cell(.pid(root)) else { return .stop(.noProcess) }
    rootIdentity = cell.identity
    process.runtime.events.emit(
      .note(SupervisionNote.applicationStarted(name, root: cell.identity)), cause: process.cause)
    return .ok
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .root(let reply): reply(root)
    }
    return .receive
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    guard case .exit(let exit) = info, exit.sender == root else { return .receive }
    announceStop(exit.reason, process)
    return .stop(.normal)
  }

  mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) async {
    // After the root's own end there is nothing left to stop.
    guard process.runtime.isAlive(root) else { return }
    await process.shutDownChild(root, .infinity)
    announceStop(.shutdown, process)
  }

  private func announceStop(_ reason: ExitReason, _ process: ProcessContext) {
    guard let rootIdentity else { return }
    process.runtime.events.emit(
      .note(SupervisionNote.applicationStopped(name, root: rootIdentity, reason)),
      cause: process.cause)
  }
}
