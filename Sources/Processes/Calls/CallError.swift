/// A call, a synchronous stop or the wait for a task that got no answer.
///
/// Escaping from a process, it becomes that process's exit reason, as in Erlang.
public struct CallError: ExitReasonConvertible, Hashable {
  public var operation: ExitReason.CallOperation
  /// What was called, stopped or waited for.
  public var target: Destination
  /// How long the caller was ready to wait; nil, forever.
  public var timeout: Duration?
  /// Why there is no answer: `noProcess`, `timeout`, `callingSelf`, or the reason that the called
  /// process ended with.
  public var reason: ExitReason

  package init(
    _ operation: ExitReason.CallOperation, _ target: Destination, timeout: Duration?,
    reason: ExitReason
  ) {
    self.operation = operation
    self.target = target
    self.timeout = timeout
    self.reason = reason
  }

  public var exitReason: ExitReason { .callFailed(operation, reason) }
}

extension CallError: CustomStringConvertible {
  public var description: String {
    let limit = timeout.map { "\($0)" } ?? "no limit"
    let attempt = "\(operation.phrase) \(target) (timeout \(limit)) failed"
    return switch reason {
    case .noProcess:
      switch target {
      case .via(let name):
        "\(attempt): no process: nobody is registered under \(name)"
      case .name(let name):
        "\(attempt): no process: nothing is registered as \(name), possibly because its application isn't started"
      case .pid:
        "\(attempt): no process: it is not alive"
      }
    case .timeout: "\(attempt): no answer in time"
    case .callingSelf: "\(attempt): a process that calls itself would wait forever"
    default: "\(attempt): the process ended first (\(reason))"
    }
  }
}

extension ExitReason.CallOperation {
  /// The beginning of a sentence that goes on with a process.
  fileprivate var phrase: String {
    switch self {
    case .call: "call to"
    case .stop: "stop of"
    case .await: "await of"
    case .stream: "stream at"
    case .sys: "system request to"
    }
  }
}

/// Thrown by what a process waits in when it is ended from outside: its code is to unwind.
///
/// Nobody sees what a dead process still throws or returns.
public struct ProcessEnded: Error {
  @usableFromInline
  package init() {}
}
