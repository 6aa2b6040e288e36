public import Processes

/// A task was asked by somebody who must not ask it.
///
/// What a task itself fails with is no error of this type: that is a `CallError` with the task's exit
/// reason.
public enum TaskError: Error, Hashable, Sendable {
  /// Only its owner can wait for a task, since the result goes into the owner's mailbox.
  ///
  /// - Parameters:
  ///   - task: Nil for a stream of tasks.
  ///   - caller: Nil for code outside any process.
  case notOwner(task: PID?, owner: PID, caller: PID?)
}

extension TaskError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notOwner(let task, let owner, let caller):
      """
      \(task.map { "task \($0)" } ?? "a stream of tasks") belongs to \(owner) and must be queried \
      from there, but was queried from \(caller?.description ?? "outside any process"): send the \
      value to where it is needed instead
      """
    }
  }
}
