/// Where a call's answer goes: travels inside the message, typed by the answer.
///
/// The server calls it like a function, at once or later, from its handler or from anywhere else:
///
///     case .lookup(let name, let reply):
///       reply(buckets[name])
///
/// Only the first answer counts. An answer to a caller that has given up, died or been answered is
/// dropped, as is one from a process that has been killed.
public struct ReplyTo<Reply: Sendable>: Sendable {
  private let pending: Pending<Reply>?

  package init(_ pending: Pending<Reply>?) {
    self.pending = pending
  }

  /// An address where nobody listens, to use a call's message as a cast.
  public static var nobody: Self { Self(nil) }

  public func callAsFunction(_ reply: Reply) {
    if let replier = CurrentProcess.reference {
      let (isDead, reports) = replier._withUnsafeGuaranteedRef { ($0.isDead, $0.reportsReplies) }
      // Fencing: a killed process whose code still runs has no say any more.
      if isDead { return }
      if reports { replier.takeUnretainedValue().noteReply(reply) }
    }
    pending?.resolve(.value(reply))
  }

  /// Answers a system request, which is no answer of the server's own.
  package func answerRequest(_ reply: Reply) {
    if let cell = CurrentProcess.cell, cell.isDead { return }
    pending?.resolve(.value(reply))
  }
}

extension ReplyTo: CustomStringConvertible {
  /// Short, since messages are printed with their addresses: `lookup("shopping", ReplyTo<PID?>)`.
  public var description: String { "ReplyTo<\(Reply.self)>" }
}

extension ReplyTo where Reply == Void {
  public func callAsFunction() { self(()) }
}
