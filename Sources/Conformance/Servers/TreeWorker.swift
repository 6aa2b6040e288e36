internal import Processes
internal import Supervision

/// A worker of a scenario's tree.
struct TreeWorker: GenServer {
  enum Message: Sendable {
    case finish(ExitReason)
    case crash(String)
  }

  let id: String
  let label: String
  let isTrappingExits: Bool
  let cleanup: Duration
  let outcome: StartPlan.Outcome
  let recorder: Recorder

  func initialize(_ process: ProcessContext) throws -> Initial {
    process.isTrappingExits = isTrappingExits
    switch outcome {
    case .ok:
      recorder.started(label, of: id, as: process.pid)
      return .ok
    case .ignore: return .ignore
    case .error(let reason): return .stop(reason)
    case .crash(let text): throw ScenarioError(description: text)
    case .exit(let reason): throw reason
    }
  }

  func handle(_ message: Message, _ process: ProcessContext) throws -> Next {
    switch message {
    case .finish(let reason): return .stop(reason)
    case .crash(let text): throw ScenarioError(description: text)
    }
  }

  func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    if case .exit(let exit) = info {
      recorder.note("trapped", .string(label), recorder.json(exit.reason))
    }
    return .receive
  }

  func terminate(_ reason: ExitReason, _ process: ProcessContext) async throws {
    recorder.note("terminate", .string(label), recorder.json(reason))
    if cleanup > .zero { try await process.sleep(for: cleanup) }
  }
}
