internal import Processes
internal import Supervision

/// The process behind the page: its life is the socket's.
///
/// Handles no messages. Connections are served by threads of their own, so that neither side can hold up the other; this
/// is what a supervisor can start again.
struct Listener: GenServer {
  enum Message: Sendable {}

  private let socket: Socket

  init(_ house: House, _ process: ProcessContext) async throws {
    let socket = try await house.listen()
    self.socket = socket
    // A killed process runs no code of its own any more.
    let (runtime, pid) = (process.runtime, process.pid)
    _ = _Concurrency.Task {
      _ = await runtime.waitForExit(of: pid)
      await socket.close()
    }
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {}

  mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) async {
    await socket.close()
  }

  /// The address with its token is nobody's business here.
  static func formatStatus(_ part: StatusPart<Self>) -> String {
    if case .state(let listener) = part { return "listening on port \(listener.socket.port)" }
    return part.description
  }
}
