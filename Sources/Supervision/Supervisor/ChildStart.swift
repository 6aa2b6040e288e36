public import Processes

/// How far a child's start comes without an `await`.
///
/// A child that needs none to begin is started without one: a supervisor that starts many takes two thirds of the time so.
@usableFromInline
enum ChildStart {
  case done(PID)
  /// Nothing has been done yet; this does it.
  case awaiting(ChildSpec.Start)

  /// Begins a start. One closure for both ways, since a specification is kept for each child; formed where the
  /// server's type is known, as its `step` is.
  ///
  /// - Parameter place: What the child is to be among the supervisor's children; nil where the supervisor's process
  ///   has been told.
  @usableFromInline
  typealias Function =
    @Sendable (_ supervisor: ProcessContext, _ place: ChildPlace?) throws -> ChildStart
}

extension ServerRef {
  /// The PID of a server that was just started: such a handle always has one.
  @usableFromInline
  var startedPID: PID {
    get throws {
      guard let pid else { throw StartError.failed(.noProcess) }
      return pid
    }
  }
}
