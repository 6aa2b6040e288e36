/// What a process's code is about at the moment, for others to look at: what a stuck one is stuck in.
///
/// Only code that may suspend notes it, one byte each time. A handler without `async` goes the short way, where
/// every instruction counts, and mostly has returned before anybody could look.
@usableFromInline
package enum Occasion: UInt8, Sendable {
  /// Nothing that has been noted.
  case none
  /// Which one, the body knows.
  case message, continuation
  case down, exit, timeout, plainMessage
  /// A function that it was given to run: see `Sys.run`.
  case request
  /// It has been slowed down: see `Sys.setDelay`.
  case rest
  case end

  package init(_ info: Info) {
    self =
      switch info {
      case .down: .down
      case .exit: .exit
      case .timeout: .timeout
      case .message: .plainMessage
      }
  }
}

extension Runtime {
  /// What a server is in the middle of: the name of a message, `DOWN`, `its start`.
  ///
  /// Asks nobody, and tells nothing of what the message carries. Nil for a process that waits for its next message,
  /// for one that is a single function or dead, and while a handler without `async` runs, which leaves no note.
  ///
  ///     server.cast(.create("eggs"))
  ///     runtime.currentHandler(of: server.pid!)   // "create", as long as that waits for somebody
  public func currentHandler(of pid: PID) -> String? {
    guard let cell = processes.find(pid), let body = cell.body as? any ObservableBody else {
      return nil
    }
    if cell.lock.withLock({ cell.isStarting }) { return "its start" }
    switch cell.occasion {
    case .none: return nil
    case .message where cell.kind == .agent: return "a function given to it"
    // It may be another by now: the body looks at both at one moment.
    case .message, .continuation: return body.messageInHand(of: cell)
    case .down: return "DOWN"
    case .exit: return "EXIT"
    case .timeout: return "a timeout"
    case .plainMessage: return "a plain message"
    case .request: return "a function given to it"
    case .rest: return "a rest before a message"
    case .end: return "its end"
    }
  }
}
