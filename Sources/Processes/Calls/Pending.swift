/// How waiting for something ended.
package enum Outcome<Value: Sendable>: Sendable {
  case value(Value)
  /// The process that was to answer ended, or was not there.
  case failed(ExitReason)
  case timedOut
  /// The waiting process itself was ended from outside; its code is to unwind.
  case ownerEnded
}

/// One answer that somebody waits for: a start's outcome, a sleep's end. A `Waiter` that knows the type.
@usableFromInline
package struct Pending<Value: Sendable>: Sendable {
  package let waiter: Waiter

  /// - Parameter owner: The process that waits; nil for code outside the runtime.
  package init(_ runtime: Runtime, owner: ProcessCell?, _ purpose: Purpose = .answer) {
    waiter = Waiter(runtime, owner: owner.map(Unmanaged.passUnretained), purpose: purpose)
  }

  /// Settles the outcome.
  ///
  /// - Returns: Whether this was the first; else nothing happened.
  @discardableResult
  package func resolve(with value: consuming Value) -> Bool { waiter.resolve(with: value) }

  /// Waits for the outcome. Once, by the owner.
  package func wait() async -> Outcome<Value> {
    if let owner = waiter.owner, !owner.begin(waiter) { return .ownerEnded }
    let reference = Unmanaged.passRetained(waiter)
    await Waiter.suspend(for: reference)
    reference.release()
    waiter.owner?.end(waiter)
    if waiter.hasAnswer { return .value(waiter.answer.take(Value.self)) }
    return switch waiter.ending {
    case .failed(let reason): .failed(reason)
    case .timedOut: .timedOut
    case .ownerEnded: .ownerEnded
    }
  }
}
