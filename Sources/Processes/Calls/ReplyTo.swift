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
  @usableFromInline let caller: Waiter?

  @inlinable
  package init(_ caller: Waiter?) {
    self.caller = caller
  }

  /// An address where nobody listens, to use a call's message as a cast.
  public static var nobody: Self { Self(nil) }

  @inlinable
  public func callAsFunction(_ reply: Reply) {
    switch Replier.current {
    // Fencing: a killed process whose code still runs has no say any more.
    case .dead: return
    case .watched: Replier.note(reply)
    case .plain: break
    }
    caller?.resolve(with: reply)
  }

  /// Answers a system request, which is no answer of the server's own.
  package func answerRequest(_ reply: Reply) {
    if let cell = CurrentProcess.cell, cell.isDead { return }
    caller?.resolve(with: reply)
  }
}

/// Whoever answers, as far as the answer is concerned.
@usableFromInline
enum Replier {
  case plain, watched, dead

  @usableFromInline
  static var current: Replier {
    guard let process = CurrentProcess.reference else { return .plain }
    return process._withUnsafeGuaranteedRef { process in
      if process.isDead { return .dead }
      return process.reportsReplies ? .watched : .plain
    }
  }

  /// Tells the current process's body of its answer.
  @usableFromInline
  static func note(_ reply: any Sendable) { CurrentProcess.cell?.noteReply(reply) }
}

extension ReplyTo: CustomStringConvertible {
  /// Short, since messages are printed with their addresses: `lookup("shopping", ReplyTo<PID?>)`.
  public var description: String { "ReplyTo<\(Reply.self)>" }
}

extension ReplyTo where Reply == Void {
  public func callAsFunction() { self(()) }
}
