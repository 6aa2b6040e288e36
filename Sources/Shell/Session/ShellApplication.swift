package import Supervision

/// What the shell needs to know of the application that it is a shell for.
///
/// Only the first few are needed; the rest have answers that suit an application without words, orphans
/// and events of its own.
package protocol ShellApplication: Sendable {
  /// The program's name, also the prompt: `kv`.
  var name: String { get }
  var version: String { get }
  /// The registered name of the root supervisor.
  var rootName: String { get }
  /// What the first line says has come up: `KV.Supervisor is up (one_for_all)`.
  var banner: String { get }

  /// Starts the supervision tree.
  func start(in runtime: Runtime) async throws -> Application

  /// The application's own commands.
  var commands: [Command] { get }

  /// Words by which the application calls its processes: `registry`. Each leads to a registered name.
  var aliases: [String: String] { get }

  /// Understands target words of the application's own, such as `bucket shopping`.
  ///
  /// - Returns: How many words it took and whom they mean; nil when they aren't its own.
  /// - Throws: When they are, but mean nobody.
  func target(_ words: ArraySlice<String>, in session: Session) async throws -> (Int, PID)?

  /// The label that target words of the application's own stand for, whoever bears or bore it:
  /// `shopping` for `bucket shopping`. Nil when they aren't its own.
  func label(of words: ArraySlice<String>) -> String?

  /// Words behind which the name of a process follows: `bucket`.
  var keywords: [String] { get }

  /// What the children of a supervisor are called, one and many; nil for "child".
  func childNoun(of supervisor: String) -> (one: String, many: String)?

  /// Words that stand for processes now, besides names and PIDs; for completion.
  func targetWords(in session: Session) -> [String]

  /// Which of these processes live although nothing of the application's leads to them any more.
  ///
  /// Must not ask any of them: who looks wants to see the stuck, too.
  func orphans(among processes: [ProcessSnapshot]) -> Set<PID>

  /// A guided walk through it, if there is one: then there is a command `tour`.
  var tour: Tour? { get }

  /// The names of events of the application's own, which `wait-for` accepts.
  var eventNames: [String] { get }
}

extension ShellApplication {
  package var prompt: String { "\(name)> " }
  package var aliases: [String: String] { [:] }
  package func target(
    _ words: ArraySlice<String>, in session: Session
  ) async throws -> (Int, PID)? { nil }
  package func label(of words: ArraySlice<String>) -> String? { nil }
  package func childNoun(of supervisor: String) -> (one: String, many: String)? { nil }
  package func targetWords(in session: Session) -> [String] { [] }
  package func orphans(among processes: [ProcessSnapshot]) -> Set<PID> { [] }
  package var keywords: [String] { [] }
  package var tour: Tour? { nil }
  package var eventNames: [String] { [] }
}
