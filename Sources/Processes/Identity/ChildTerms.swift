/// What a supervisor agrees upon with a child, but for how it starts: the part of a child specification that tables and
/// pictures show.
///
/// Part of each `Supervision`, of which there may be one for each process: its size counts.
package struct ChildTerms: Sendable, Hashable {
  package let shutdown: ChildShutdown
  package let restart: ChildRestart
  package let kind: ChildKind
  package let isSignificant: Bool

  package init(
    restart: ChildRestart, shutdown: ChildShutdown, kind: ChildKind, isSignificant: Bool
  ) {
    self.shutdown = shutdown
    self.restart = restart
    self.kind = kind
    self.isSignificant = isSignificant
  }
}

/// When a child that ended is started again.
public enum ChildRestart: String, Sendable, Hashable {
  /// Always.
  case permanent
  /// Only if it failed: not after `normal`, `shutdown` and `shutdown:…`.
  case transient
  /// Never; the supervisor forgets it.
  case temporary
}

/// How a child is stopped.
public enum ChildShutdown: Sendable, Hashable {
  /// Killed without a question.
  case brutalKill
  /// Asked with `shutdown`, and killed after so long.
  case after(Duration)
  /// Asked with `shutdown`, and waited for.
  case infinity
}

/// What a child is to its supervisor.
public enum ChildKind: String, Sendable, Hashable {
  case worker, supervisor
}
