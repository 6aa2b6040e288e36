/// How the letter of a call is sent, by the one who waits for the answer.
extension Waiter {
  /// The waiter's code is about to leave its thread, with a letter to be sent to whom it waits for.
  @usableFromInline
  func park(
    _ continuation: UnsafeContinuation<Void, Never>, sending letter: LetterNode,
    _ timeout: Duration?
  ) {
    guard let owner = ownerReference else {
      // In this order: who waits outside may be all that keeps time from jumping.
      send(letter, timeout)
      return park(continuation)
    }
    letter.cause = owner._withUnsafeGuaranteedRef { $0.causeNumber }
    // The code cannot go on before this has returned, so the waiter is there also when it is ended meanwhile.
    let waits = beginsToWait(continuation)
    // The dead send nothing. Who has its answer already, from whoever got the address before, does.
    if waits || !owner._withUnsafeGuaranteedRef({ $0.isDead }) {
      send(letter, timeout)
    } else {
      letter.destroy()
    }
  }

  private func send(_ letter: LetterNode, _ timeout: Duration?) {
    runtime._withUnsafeGuaranteedRef { runtime in
      // Before anything can happen: time may jump as soon as everybody waits.
      if let timeout, !isLimited { runtime.timers.limit(self, to: timeout) }
      switch deliver(letter) {
      case .accepted: break
      case .acceptedByIdle(let cell): runtime.scheduler.enqueue(.process(cell))
      case .refused:
        letter.destroy()
        fail(.noProcess)
      }
    }
  }

  /// Puts the letter in, and has the wait end with the callee from now on.
  ///
  /// A kept waiter stays among the callers until it calls somebody else, or the callee dies: most processes call the
  /// same server again. That the letter is accepted says that the callee has not died since.
  @inline(__always)
  private func deliver(_ letter: LetterNode) -> Mailbox.Delivery {
    guard let callee else { preconditionFailure("a call of nobody") }
    if wasPutAmongCallers { return callee.deliver(letter) }
    wasPutAmongCallers = true
    return callee.deliver(letter, for: self)
  }

  /// Nothing will time it out any more.
  func unlimit() {
    runtime._withUnsafeGuaranteedRef { $0.timers.unlimit(self) }
  }
}
