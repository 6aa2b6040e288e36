/// An exit signal: how the end of one process, or somebody's wish, reaches another.
struct ExitSignal {
  enum Origin {
    /// The sender died and was linked to the receiver.
    case link
    /// Somebody else sent it on purpose, Erlang's `exit/2`.
    case request
    /// The receiver sent it to itself.
    case requestToSelf
  }

  enum Outcome: Equatable {
    /// Nothing happens.
    case ignore
    /// The receiver ends with this reason.
    case terminate(ExitReason)
    /// The receiver goes on and finds an `Exit` in its mailbox.
    case deliver
  }

  var reason: ExitReason
  var origin: Origin

  /// What the signal does to a receiver. The whole table of Erlang's exit signals:
  ///
  /// | reason | origin | trapping | not trapping |
  /// |---|---|---|---|
  /// | kill | request | ends with `killed` | ends with `killed` |
  /// | kill | link | message | ends with `kill` |
  /// | normal | link, request | message | nothing |
  /// | normal | itself | message | ends with `normal` |
  /// | other | any | message | ends with it |
  func outcome(isTrappingExits: Bool) -> Outcome {
    if reason == .kill, origin != .link { return .terminate(.killed) }
    if isTrappingExits { return .deliver }
    if reason == .normal, origin != .requestToSelf { return .ignore }
    return .terminate(reason)
  }
}
