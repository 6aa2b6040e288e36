/// What a process runs: the part that differs between a free-form process and a server.
///
/// The control block calls these one at a time, on a worker, and stops at the first exit reason.
@usableFromInline
package protocol ProcessBody: AnyObject {
  /// Runs once, first. Returns why the process ends, or nil when it is to wait for letters.
  func start(_ process: ProcessContext) async -> ExitReason?
  /// Handles one letter, which is its own now. Returns why the process ends, or nil to go on.
  func handle(_ letter: LetterNode, _ process: ProcessContext) async -> ExitReason?
  /// What runs, for tables, where the spawner has not said.
  var role: String? { get }
}

extension ProcessBody {
  package var role: String? { nil }
}

/// The short way through a body: handles one letter at once, without an `await`, if it can.
///
/// An asynchronous function that does not suspend still costs several times what most handlers do. Formed
/// where the server's type is known, so that the compiler sees through to the handler.
///
/// Captures nothing, and gets process and body (as an address) unretained, since the process holds both as long
/// as its code runs: each reference counted on the way would cost as much as a short handler.
@usableFromInline
package typealias LetterStep =
  @Sendable (LetterNode, Unmanaged<ProcessCell>, UnsafeRawPointer) -> LetterOutcome

/// What a `LetterStep` has done with its letter.
@usableFromInline
package enum LetterOutcome: Sendable {
  case handled
  /// Nothing: the letter is still there, for the body's `handle`.
  case untouched
  /// The letter is gone, but not all is done: this goes on with it.
  case unfinished(LetterContinuation)
}

/// Goes on with what a step, or a beginning, left unfinished in the body at this address. Returns why the
/// process ends, or nil to go on. Captures nothing, like a step.
@usableFromInline
package typealias LetterContinuation =
  @Sendable (ProcessContext, UnsafeRawPointer) async -> ExitReason?

/// How the beginning of a process on its starter's stack went: see `Runtime.spawnAtOnce`.
@usableFromInline
package enum Beginning: Sendable {
  /// It has begun, and waits for letters.
  case begun
  /// It has begun, and goes on with this before it takes letters.
  case unfinished(LetterContinuation)
  /// It ends, since it is not wanted.
  case ignored
  /// It ends, since it cannot run.
  case failed(ExitReason)
}

/// What a process runs.
///
/// A process that is one function from beginning to end, receiving where it likes, has no body: an object for each
/// would be a fifth of a short life.
///
/// Not copyable, since it is handed over once: each copy would be counted up and down, also by who only runs it.
@usableFromInline
package enum ProcessCode: ~Copyable, Sendable {
  /// A body by its own functions alone.
  case body
  /// A body, with a short way through it.
  case step(LetterStep)
  case function(@Sendable (ProcessContext) async throws -> Void)
  /// A function without `async`, which is run without an `await`: it cannot receive.
  case directFunction(@Sendable (ProcessContext) throws -> Void)

  /// Leaves no code behind.
  mutating func takeDirectFunction() -> (@Sendable (ProcessContext) throws -> Void)? {
    switch consume self {
    case .directFunction(let function):
      self = .body
      return function
    case let other:
      self = other
      return nil
    }
  }
}

/// What sort of process it is, for tables and pictures.
public enum ProcessKind: String, Sendable, Hashable {
  case process, server, agent, supervisor, dynamicSupervisor = "dynamic_supervisor"
}

/// How supervised processes stand to their supervisor; shared by all children of one specification.
package final class Supervision: Sendable {
  package let supervisor: PID
  package let supervisorName: String?
  package let childID: String
  package let terms: ChildTerms

  package init(supervisor: PID, supervisorName: String?, childID: String, terms: ChildTerms) {
    self.supervisor = supervisor
    self.supervisorName = supervisorName
    self.childID = childID
    self.terms = terms
  }
}

/// One child among a supervisor's children.
@usableFromInline
package struct ChildPlace: Sendable {
  package var supervision: Supervision
  /// The place among the supervisor's children, by which trees are drawn.
  package var order: Int
  /// How often this child has been started again.
  package var restarts: Int
  /// Whether this start is a restart.
  package var isRestart: Bool

  package init(_ supervision: Supervision, order: Int, restarts: Int, isRestart: Bool) {
    self.supervision = supervision
    self.order = order
    self.restarts = restarts
    self.isRestart = isRestart
  }
}
