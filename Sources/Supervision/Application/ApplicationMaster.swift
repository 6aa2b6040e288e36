internal import Processes

/// The process between the outside and the root supervisor: the root's parent.
///
/// - Note: OTP's `application_master`.
struct ApplicationMaster: GenServer {
  enum Message: Sendable {
    case root(ReplyTo<PID>)
  }

  let spec: ApplicationSpec
  let root: PID
  /// Who hears that the tree runs: the application controller, if it started this.
  private let controller: ServerRef<ApplicationController.Message>?
  private var rootIdentity: ProcessIdentity?
  private var hasStopped = false

  /// Starts the tree, inside the master's process.
  init(
    _ spec: ApplicationSpec, root: ChildSpec, _ process: ProcessContext,
    tells controller: ServerRef<ApplicationController.Message>? = nil
  ) async throws {
    self.spec = spec
    self.controller = controller
    self.root = try await root.start(process)
  }

  /// How a master's process is spawned.
  static func options(_ name: String) -> SpawnOptions {
    var options = SpawnOptions(server: "application \(name)", under: nil)
    options.isTrappingExits = true
    options.role = "Application"
    options.isSilent = true
    return options
  }

  mutating func initialize(_ process: ProcessContext) -> Initial {
    guard let cell = process.runtime.cell(.pid(root)) else { return .stop(.noProcess) }
    rootIdentity = cell.identity
    process.runtime.events.emit(
      .note(SupervisionNote.applicationStarted(spec.name, root: cell.identity)),
      cause: process.cause)
    controller?.cast(.started(spec.name, root: root))
    return .ok
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .root(let reply): reply(root)
    }
    return .receive
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) async -> Next {
    guard case .exit(let exit) = info, exit.sender == root else { return .receive }
    await spec.willStop?()
    announceStop(exit.reason, process)
    await spec.didStop?()
    hasStopped = true
    return .stop(exit.reason)
  }

  mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) async {
    // After the root's own end there is nothing left to stop.
    if hasStopped { return }
    await spec.willStop?()
    if process.runtime.isAlive(root) { await process.shutDownChild(root, .infinity) }
    announceStop(.shutdown, process)
    await spec.didStop?()
  }

  private func announceStop(_ reason: ExitReason, _ process: ProcessContext) {
    guard let rootIdentity else { return }
    process.runtime.events.emit(
      .note(SupervisionNote.applicationStopped(spec.name, root: rootIdentity, reason)),
      cause: process.cause)
  }
}
