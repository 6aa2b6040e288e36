internal import Processes

// What the house's own servers show of themselves.

extension AgentServer {
  @usableFromInline
  static func formatStatus(_ part: StatusPart<Self>) -> String {
    switch part {
    case .state(let server): StableDescription.describe(server.state)
    case .message: "a function"
    default: part.description
    }
  }
}

extension SupervisorServer {
  static func formatStatus(_ part: StatusPart<Self>) -> String {
    switch part {
    case .state(let server):
      sentence(
        server.options.strategy,
        server.list.infos.map { child in
          let id = child.id ?? ""
          return switch child.state {
          case .running(let pid): "\(id) \(pid)"
          case .restarting: "\(id) restarting"
          case .notRunning: "\(id) not running"
          }
        })
    case .message(let message): message.kind.summary
    default: part.description
    }
  }
}

extension DynamicSupervisorServer {
  static func formatStatus(_ part: StatusPart<Self>) -> String {
    switch part {
    case .state(let server):
      sentence(
        .oneForOne,
        server.children.entries.sorted { $0.value.order < $1.value.order }.map { pid, child in
          child.isRunning ? "\(pid)" : "\(pid) restarting"
        })
    case .message(let message): message.kind.summary
    default: part.description
    }
  }
}

/// A dynamic supervisor may have a million children; a person reads twenty.
private func sentence(_ strategy: RestartStrategy, _ children: [String]) -> String {
  let shown = children.prefix(20).joined(separator: ", ")
  let count = children.count == 1 ? "1 child" : "\(children.count) children"
  let rest = children.count > 20 ? " and \(children.count - 20) more" : ""
  return "\(strategy.rawValue), "
    + (children.isEmpty ? "no children" : "\(count): \(shown)\(rest)")
}

extension SupervisorMessage.Kind {
  fileprivate var summary: String {
    switch self {
    case .startChild(let spec, _): "startChild(\(spec.id))"
    case .terminateChild(let id, _): "terminateChild(\(id))"
    case .restartChild(let id, _): "restartChild(\(id))"
    case .deleteChild(let id, _): "deleteChild(\(id))"
    case .whichChildren: "whichChildren"
    case .countChildren: "countChildren"
    case .tryAgain(let child): "tryAgain(\(child))"
    }
  }
}

extension DynamicSupervisorMessage.Kind {
  fileprivate var summary: String {
    switch self {
    case .startChild(let spec, _): "startChild(\(spec.id))"
    case .terminateChild(let pid, _): "terminateChild(\(pid))"
    case .whichChildren: "whichChildren"
    case .countChildren: "countChildren"
    case .tryAgain(let pid): "tryAgain(\(pid))"
    }
  }
}
