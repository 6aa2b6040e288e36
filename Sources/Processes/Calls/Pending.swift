/// How waiting for something ended.
package enum Outcome<Value: Sendable>: Sendable {
  case value(Value)
  /// The process that was to answer ended, or was not there.
  case failed(ExitReason)
  case timedOut
  /// The waiting process itself was ended from outside; its code is to unwind.
  case ownerEnded
}

/// One answer that somebody waits for: a call's reply, a start's outcome, a sleep's end.
///
/// `@unchecked Sendable`: `value` is written by who has claimed the end, and read after it.
@usableFromInline
package final class Pending<Value: Sendable>: Waiter, @unchecked Sendable {
  @usableFromInline @exclusivity(unchecked) package var value: Value?

  @inlinable
  package init(_ runtime: Runtime, owner: ProcessCell?, _ purpose: Purpose = .answer) {
    value = nil
    super.init(runtime, owner: owner, purpose: purpose)
  }

  /// Settles the outcome.
  ///
  /// - Returns: Whether this was the first; else nothing happened.
  @discardableResult
  @inlinable
  package func resolve(with value: consuming Value) -> Bool {
    guard claim() else { return false }
    self.value = value
    end(.value)
    return true
  }

  /// Waits for the outcome. Once, by the owner.
  package func wait() async -> Outcome<Value> {
    if let owner, !owner.begin(self) { return .ownerEnded }
    await suspend()
    owner?.end(self)
    return switch ending {
    case .value: value.map(Outcome.value) ?? .ownerEnded
    case .failed(let reason): .failed(reason)
    case .timedOut: .timedOut
    case .ownerEnded: .ownerEnded
    }
  }
}
