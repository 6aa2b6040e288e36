internal import Processes

/// Who is let in, once the port is known.
final class Gate: Sendable {
  private let keeper = Locked<Gatekeeper?>(nil)

  func set(_ gatekeeper: Gatekeeper) { keeper.withLock { $0 = gatekeeper } }

  func admit(_ request: Request) throws(Refusal) -> [String] {
    guard let keeper = keeper.withLock({ $0 }) else {
      throw Refusal(503, "not_ready", "Not ready yet: try again.")
    }
    return try keeper.admit(request)
  }
}
