/// What lies in a mailbox that is not a server's own typed message: Erlang's plain messages.
///
/// A free-form process receives these; a `GenServer` gets them in `handleInfo`.
public enum Info: Sendable {
  /// Somebody sent this value.
  case message(any Sendable)
  /// A monitored process ended, or was not there.
  case down(Down)
  /// A linked process ended, or somebody sent an exit signal, and this process traps exits.
  case exit(Exit)
  /// A server's wait for the next message took longer than it had asked for.
  case timeout
}

/// A monitor fired.
public struct Down: Hashable, Sendable {
  public let ref: MonitorRef
  /// The process or the name that was monitored.
  public let target: Destination
  /// Why it ended; `noProcess` when there was nobody to monitor.
  public let reason: ExitReason

  package init(ref: MonitorRef, target: Destination, reason: ExitReason) {
    self.ref = ref
    self.target = target
    self.reason = reason
  }
}

/// An exit signal that became a message.
public struct Exit: Hashable, Sendable {
  /// Who died or sent the signal; nil for a sender outside the runtime.
  public let sender: PID?
  public let reason: ExitReason

  package init(sender: PID?, reason: ExitReason) {
    self.sender = sender
    self.reason = reason
  }
}

/// One entry of a mailbox.
@usableFromInline
package struct Letter: Sendable {
  package enum Content: Sendable {
    case info(Info)
    /// A call or cast to a server, of the server's own message type.
    case server(any Sendable)
    case system(SystemMessage)
  }

  package var content: Content
  /// The event that led to this letter being sent: causes travel with messages.
  package var cause: EventNumber?

  package init(_ content: Content, cause: EventNumber?) {
    self.content = content
    self.cause = cause
  }
}

/// What the runtime itself asks of a process, between two of its messages.
package enum SystemMessage: Sendable {
  /// Fail as if this error had been thrown by the handler.
  case fail(EscapedError)
  /// End in order: run `terminate`, then exit with the reason.
  case terminate(ExitReason)
  /// A server has waited as long as it asked for, in the wait with this number.
  case waitedLongEnough(wait: Int)
  /// Look at the clock: somebody waits in `receive` with a timeout.
  case tick
  /// What a server is asked about itself.
  case request(any SystemRequest)
}
