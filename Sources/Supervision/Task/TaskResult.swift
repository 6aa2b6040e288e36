public import Processes

/// What a task sends its owner: the value that its function returned.
///
/// `await` and its kin take it out of the mailbox. A server that does not wait gets it in `handleInfo`
/// as a message, and after it the `Down` of the task, which bears the same `ref`:
///
///     case .message(let result as TaskResult<Page>) where result.ref == task.ref:
///       process.demonitor(result.ref, flush: true)   // the task has done its work
///       pages.append(result.value)
///
/// - Note: Follows Elixir's message `{ref, result}`.
public struct TaskResult<Value: Sendable>: Sendable {
  /// The monitor by which the owner watches the task.
  public let ref: MonitorRef
  public let value: Value
}

/// A result of whatever type: the monitor by which to find its task.
protocol AnyTaskResult {
  var ref: MonitorRef { get }
}

extension TaskResult: AnyTaskResult {}

extension Info {
  /// The monitor that a task's result or end bears; nil for any other message.
  var taskRef: MonitorRef? {
    switch self {
    case .message(let result as any AnyTaskResult): result.ref
    case .down(let down): down.ref
    default: nil
    }
  }
}
