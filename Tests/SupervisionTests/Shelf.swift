import Supervision
import SupervisionTesting
import Testing

/// Keeps pairs, and says what it did.
struct Shelf: GenServer {
  enum Message: Sendable {
    case put(String, String)
    case get(String, ReplyTo<String?>)
    case answerLater(ReplyTo<Int>)
    case proceed
    case proceeded
    case wait(Duration)
    case trap(Bool, ReplyTo<Void>)
  }

  var pairs: [String: String] = [:]
  var done: [String] = []
  let log: Locked<[String]>

  init(log: Locked<[String]> = Locked([])) { self.log = log }

  mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    switch message {
    case .put(let key, let value):
      pairs[key] = value
      done.append("put \(key)")
    case .get(let key, let reply): reply(pairs[key])
    case .answerLater(let reply):
      async let answer: Void = reply(1)
      await answer
    case .proceed: return .continue(with: .proceeded)
    case .proceeded: done.append("proceeded")
    case .wait(let limit): return .receive(within: limit)
    case .trap(let traps, let reply):
      process.isTrappingExits = traps
      reply()
    }
    return .receive
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    if case .timeout = info {
      done.append("timeout")
      log.withLock { $0.append("timeout at \(process.runtime.now)") }
    }
    return .receive
  }

  mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) {
    log.withLock { $0.append("terminate \(reason)") }
  }

  static func formatStatus(_ part: StatusPart<Shelf>) -> String {
    switch part {
    case .state(let shelf): "\(shelf.pairs.count) pairs"
    case .message(.put(let key, _)): "put(\(key), …)"
    case .reply: "…"
    default: part.description
    }
  }
}

func reason(_ body: () async throws -> some Sendable) async -> ExitReason? {
  do {
    _ = try await body()
    return nil
  } catch let error as CallError {
    return error.reason
  } catch {
    return ExitReason(escaping: error)
  }
}
