package import Supervision

/// One conversation with a runtime: what commands share.
///
/// Outlives the process that evaluates commands, which may be interrupted and replaced.
package final class Session: Sendable {
  package let runtime: Runtime
  package let application: any ShellApplication
  package let table: CommandTable
  package let printer: Printer
  /// What time and schedule follow from in a simulation; nil where both are real.
  package let seed: UInt64?
  package var isSimulated: Bool { seed != nil }
  /// What hangs in this session.
  let deafness = Deafness()
  private let state: Locked<State>

  private struct State {
    var running: Application?
    var own: ServerRef<OwnProcess.Message>?
    var evaluator: PID?
    var isQuitting = false
    var history: @Sendable () -> [String] = { [] }
    var variables = Variables()
    var marks = CommandMarks()
    var sourceDepth = 0
    var tour: TourPlace?
    var isInteractive = false
    var lastWords: (by: PID, words: @Sendable () -> String)?
  }

  package init(
    runtime: Runtime, application: any ShellApplication, printer: Printer,
    seed: UInt64? = nil
  ) {
    self.runtime = runtime
    self.application = application
    self.printer = printer
    self.seed = seed
    table = CommandTable.all(of: application)
    state = Locked(State())
  }

  /// The application, once it was started; it may have stopped since.
  package var running: Application? {
    get { state.withLock { $0.running } }
    set { state.withLock { $0.running = newValue } }
  }

  /// The shell's own process, once something needed it; it may have ended since.
  var own: ServerRef<OwnProcess.Message>? {
    get { state.withLock { $0.own } }
    set { state.withLock { $0.own = newValue } }
  }

  /// The process that evaluates commands.
  var evaluator: PID? {
    get { state.withLock { $0.evaluator } }
    set { state.withLock { $0.evaluator = newValue } }
  }

  /// Ends the command that runs, with the process that runs it.
  package func interrupt() {
    if let evaluator { runtime.exit(evaluator, .kill) }
  }

  /// What the command that this process runs has to say should it be interrupted: asked once that has happened.
  func leaveLastWords(by evaluator: PID, _ words: @escaping @Sendable () -> String) {
    state.withLock { $0.lastWords = (evaluator, words) }
  }

  /// What the command that this process ran still had to say when it was interrupted.
  func takeLastWords(of evaluator: PID) -> String? {
    let words = state.withLock { state in
      defer { state.lastWords = nil }
      return state.lastWords.flatMap { $0.by == evaluator ? $0.words : nil }
    }
    return words?()
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

  package var variables: Variables {
    get { state.withLock { $0.variables } }
    set { state.withLock { $0.variables = newValue } }
  }

  /// How many files are being read by `source`, one from within the other.
  var sourceDepth: Int {
    get { state.withLock { $0.sourceDepth } }
    set { state.withLock { $0.sourceDepth = newValue } }
  }

  /// Where in a tour the reader is; nil when there is none under way.
  var tour: TourPlace? {
    get { state.withLock { $0.tour } }
    set { state.withLock { $0.tour = newValue } }
  }

  /// Whether a person types the commands.
  var isInteractive: Bool {
    get { state.withLock { $0.isInteractive } }
    set { state.withLock { $0.isInteractive = newValue } }
  }

  /// Waits, on the calling thread, for something that may take a moment: nil when it takes longer.
  ///
  /// For completion, which has no process to wait in and must not keep anybody from typing.
  package func ask<Value: Sendable>(
    upTo limit: Duration, _ question: @escaping @Sendable () async throws -> Value
  ) -> Value? {
    let answer = Locked<Value?>(nil)
    let gate = Gate()
    _ = _Concurrency.Task {
      let value = try? await question()
      answer.withLock { $0 = value }
      gate.open()
    }
    return gate.wait(upTo: limit) ? answer.withLock { $0 } : nil
  }

  // MARK: Commands

  /// A command of the person's begins, run by this process.
  func beginCommand(by evaluator: PID) {
    let last = runtime.events.lastNumber
    state.withLock { state in
      state.marks.begin(after: last)
      if state.lastWords?.by == evaluator { state.lastWords = nil }
    }
  }

  /// The last event before the command ahead of the present one.
  var previousMark: EventNumber { state.withLock { $0.marks.previous } }

  /// Tells the stream of a command that acts.
  func emitCommand(_ text: String, line: Int) -> EventNumber {
    let number = runtime.events.emit(.command(text), cause: nil)
    state.withLock { $0.marks.note(number, line: line) }
    return number
  }

  /// In which line a command stood that acted.
  func line(of command: EventNumber) -> Int? { state.withLock { $0.marks.line(of: command) } }

  // MARK: Application

  /// Starts the application.
  package func start() async throws {
    running = try await application.start(in: runtime)
  }

  /// Stops the application in order and starts it again, in the way it is set to be now.
  package func restart() async throws {
    await stop()
    try await start()
  }

  /// Stops the application in order; a root that has not stopped after `patience` is killed.
  ///
  /// - Returns: Whether it stopped by itself.
  @discardableResult
  package func stop(patience: Duration = .seconds(10)) async -> Bool {
    guard let running, running.isRunning else { return true }
    // By a process of its own, since a root that hangs would never let this one go on.
    let stopper = runtime.spawnSilently(label: "stop") { _ in await running.stop() }
    if await runtime.waitForExit(of: stopper, timeout: patience) != nil { return true }
    let below = treeModel.processes.filter { $0.pid != running.root }.map(\.pid)
    runtime.exit(running.root, .kill)
    _ = await runtime.waitForExit(of: stopper, timeout: .seconds(1))
    // They hear of the root's end and stop in order, but until then they bear names that the next tree
    // wants. Who hangs as well is killed.
    let deadline = runtime.now + .seconds(1)
    for pid in below
    where await runtime.waitForExit(of: pid, timeout: max(.zero, deadline - runtime.now)) == nil {
      runtime.exit(pid, .kill)
    }
    return false
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
}

/// Which events belong to which command.
struct CommandMarks: Sendable {
  /// The last event before the command ahead of the present one, and before the present one.
  private(set) var previous: EventNumber = 0
  private var current: EventNumber = 0
  /// The newest commands that acted, oldest first, with their lines.
  private var lines: [(event: EventNumber, line: Int)] = []
  private static let limit = 2_000

  mutating func begin(after last: EventNumber) {
    previous = current
    current = last
  }

  mutating func note(_ event: EventNumber, line: Int) {
    // In halves, so that a million commands don't move the rest a million times.
    if lines.count == Self.limit { lines.removeFirst(Self.limit / 2) }
    lines.append((event, line))
  }

  func line(of event: EventNumber) -> Int? {
    lines.last { $0.event == event }?.line
  }
}
