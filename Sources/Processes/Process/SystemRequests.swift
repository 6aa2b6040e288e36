/// A question or an order about a process itself, which a server answers beside its own messages:
/// Erlang's system messages.
///
/// What there is to ask stands on the floor above, with the servers.
package protocol SystemRequest: Sendable {}

/// A body that answers system requests: a server's.
package protocol ObservableBody: ProcessBody {
  /// The process's code has answered a call while `reportsReplies` was set. Any thread on which that
  /// code runs.
  func noteReply(_ reply: any Sendable)
  /// The name of the message or continuation that its code handles; nil when it has returned. Any thread.
  func messageInHand(of cell: ProcessCell) -> String?
}

extension ProcessCell {
  /// Whether system requests are answered here. A free-form process would leave them lying.
  package var isObservable: Bool { body is any ObservableBody }

  /// Waits for a system message or the parent's exit signal, and takes it; all other letters stay, in
  /// order. The process's own code: how a suspended server lives.
  ///
  /// - Throws: `ProcessEnded` when the process is ended from outside meanwhile.
  package func receiveSystem() async throws -> Letter {
    let letter = try await receive(timeout: nil) { search in
      search.first { letter -> Letter? in
        switch letter.content {
        case .system: letter
        case .info(.exit(let exit)) where exit.sender != nil && exit.sender == parent: letter
        case .info, .server: nil
        }
      }
    }
    guard let letter else { throw ProcessEnded() }
    return letter
  }

  /// Guards what a body shows of itself to others.
  @usableFromInline
  package func lockBody() { lock.acquire() }

  @usableFromInline
  package func unlockBody() { lock.release() }

  /// Others may look at the body's message in hand, from now until `hideMessage`.
  @usableFromInline
  package func showMessage(_ occasion: Occasion) {
    lock.acquire()
    self.occasion = occasion
    lock.release()
  }

  @usableFromInline
  package func hideMessage() { showMessage(.none) }

  /// Tells the body of an answer, if anybody wants to know.
  func noteReply(_ reply: any Sendable) {
    (body as? any ObservableBody)?.noteReply(reply)
  }
}
