package import Supervision

/// One conversation with a runtime: what commands share.
///
/// Outlives the process that evaluates commands, which may be interrupted and replaced.
package final class Session: Sendable {
  package let runtime: Runtime
  package let application: any ShellApplication
  package let table: CommandTable
  package let printer: Printer
  private let state: Locked<State>

  private struct State {
    var running: Application?
    var evaluator: PID?
    var isQuitting = false
    var history: @Sendable () -> [String] = { [] }
  }

  package init(runtime: Runtime, application: any ShellApplication, printer: Printer) {
    self.runtime = runtime
    self.application = application
    self.printer = printer
    table = CommandTable(application.commands + ProcessCommands.all + SessionCommands.all)
    state = Locked(State())
  }

  /// The application, once it was started; it may have stopped since.
  package var running: Application? {
    get { state.withLock { $0.running } }
    set { state.withLock { $0.running = newValue } }
  }

  /// Set by `quit`: the session ends after this line.
  package var isQuitting: Bool {
    get { state.withLock { $0.isQuitting } }
    set { state.withLock { $0.isQuitting = newValue } }
  }

  /// The lines entered so far; empty where lines come from a script.
  package var history: @Sendable () -> [String] {
    get { state.withLock { $0.history } }
    set { state.withLock { $0.history = newValue } }
  }

  /// The process that evaluates commands; its own comings and goings are not news.
  package var evaluator: PID? {
    get { state.withLock { $0.evaluator } }
    set { state.withLock { $0.evaluator = newValue } }
  }

  // MARK: Application

  /// Starts the application.
  package func start() async throws {
    running = try await application.start(in: runtime)
  }

  /// An error that says why nothing runs, when nothing does.
  package var notRunning: CommandError? {
    guard running?.isRunning != true else { return nil }
    let reason =
      Obituary.ofApplication(application.name, in: runtime.events)
      .map { " (\($0))" } ?? ""
    return CommandError(
      "not_running", "\(application.name) has stopped\(reason). `start` brings it up again.")
  }

  // MARK: Targets

  /// Whom all of these words mean.
  package func target(_ words: ArraySlice<String>) async throws -> PID {
    let (count, pid) = try await leadingTarget(words)
    guard count == words.count else {
      throw CommandError.usage(
        "too many words after the target: `\(Sanitizer.sanitize(words[words.startIndex + count]))`")
    }
    return pid
  }

  /// Whom the first of these words mean, and how many words that took.
  package func leadingTarget(_ words: ArraySlice<String>) async throws -> (count: Int, pid: PID) {
    guard let word = words.first else { throw CommandError.usage("a target is missing") }
    if let alias = application.aliases[word] {
      if let pid = runtime.whereis(alias) { return (1, pid) }
      throw notRunning ?? CommandError.unknownTarget("\(alias) is not running just now.")
    }
    if let found = try await application.target(words, in: self) { return found }
    if let pid = runtime.whereis(word) { return (1, pid) }
    if PID.serial(in: word) != nil {
      if let pid = runtime.pid(word) { return (1, pid) }
      throw CommandError.unknownTarget("\(word) is not alive. `ps` lists what is running.")
    }
    throw unknownTarget(word)
  }

  private func unknownTarget(_ word: String) -> CommandError {
    let shown = Sanitizer.sanitize(String(word.prefix(80)))
    let hint =
      Suggestion.best(for: word, among: targetWords).map { "did you mean `\($0)`? " } ?? ""
    return .unknownTarget(
      "no process is called \(shown): \(hint)`ps` lists what is running.")
  }

  /// Every word that stands for a process now.
  package var targetWords: [String] {
    application.aliases.keys.sorted() + application.targetWords(in: self)
      + runtime.registeredNames.map(\.name)
  }
}
