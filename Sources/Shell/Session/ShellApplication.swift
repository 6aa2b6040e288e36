package import Supervision

/// What the shell needs to know of the application that it is a shell for.
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

  /// What the children of a supervisor are called, one and many; nil for "child".
  func childNoun(of supervisor: String) -> (one: String, many: String)?

  /// Words that stand for processes now, besides names and PIDs; for completion.
  func targetWords(in session: Session) -> [String]
}

extension ShellApplication {
  package var prompt: String { "\(name)> " }
}
