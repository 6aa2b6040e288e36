internal import Processes

/// The process behind a registry: watches those who are in it, and forgets the dead.
///
/// Lookups don't come here, and find no dead in any case; this is what gives their memory back.
struct RegistryServer<Key: Hashable & Sendable, Value: Sendable>: GenServer {
  enum Message: Sendable {
    case watch(PID)
  }

  private let registry: Registry<Key, Value>
  private var watched: Set<PID> = []

  init(_ registry: Registry<Key, Value>) {
    self.registry = registry
  }

  mutating func initialize(_ process: ProcessContext) -> Initial {
    registry.clear()
    return .ok
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .watch(let pid): if watched.insert(pid).inserted { _ = process.monitor(pid) }
    }
    return .receive
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    if case .down(let down) = info, case .pid(let pid) = down.target {
      watched.remove(pid)
      registry.forget(pid)
    }
    return .receive
  }
}
