internal import LineEditing
internal import Processes
package import Supervision

/// A session at a terminal: line editing, history, completion, events above the line being typed.
///
/// Three parties. The calling thread edits lines and alone writes to the terminal. A process of the
/// runtime, the evaluator, runs them; ctrl-C kills it and the next line gets a new one, as in a
/// supervised world it should. A thread prints events as they come.
package final class Interactive: Sendable {
  private let session: Session
  private let editor: LineEditor
  /// What is run before the person types anything.
  private let firstLine: String?
  private let evaluation: Locked<Evaluation>

  /// Who runs what.
  private struct Evaluation {
    /// The number of the latest request. Each request has one of its own, so that word of the end of one, from its
    /// evaluator and from whoever watches over that, ends the wait for no other.
    var request = 0
    var evaluator: (pid: PID, latest: Locked<Int>)?
  }

  private enum Request: Sendable {
    case start
    case line(String, number: Int)
  }

  /// A request with its own number.
  private struct Submission: Sendable {
    let request: Request
    let number: Int
  }

  /// Prepares a session at the terminal.
  ///
  /// - Throws: When standard input or output is no terminal.
  package init(
    application: any ShellApplication, runtime: Runtime, options: Printer.Options,
    historyFile: String?, firstLine: String? = nil
  ) throws {
    // The editor asks the session for completions, and the session prints through the editor.
    let target = Locked<Session?>(nil)
    let editor = try LineEditor(
      .init(
        program: application.name,
        historyFile: historyFile ?? HistoryFile.defaultPath(program: application.name)
      ) { line, cursor in
        target.withLock { $0 }.map { Completer(session: $0).complete(line, cursor) } ?? []
      })
    let bell = Bell()
    var options = options
    options.namesLines = false
    options.columns = { editor.columns }
    let printer = Printer(
      sink: EditorSink(editor), options: options, runtime: runtime, application: application,
      onEvents: { bell.ring() })
    let session = Session(runtime: runtime, application: application, printer: printer)
    session.history = { editor.history }
    session.isInteractive = true
    target.withLock { $0 = session }
    OSThread.start(name: "events") {
      while true {
        bell.wait()
        // What belongs together, as a restart and its count, is told together.
        Gate().wait(upTo: .milliseconds(4))
        printer.printEvents()
      }
    }
    self.session = session
    self.editor = editor
    self.firstLine = firstLine
    evaluation = Locked(Evaluation())
  }

  /// Runs the session until the user leaves, then stops the application.
  package func run() {
    let application = session.application
    var mayGoOn = run(.start)
    if let firstLine, mayGoOn { mayGoOn = run(.line(firstLine, number: 0)) }
    var number = 0
    while mayGoOn, !session.isQuitting {
      switch readStatement() {
      case .line(let line):
        number += 1
        if !line.contains(where: { !$0.isWhitespace }) { continue }
        editor.addToHistory(line)
        mayGoOn = run(.line(line, number: number))
      case .cancelled: continue
      case .endOfInput, .terminated: mayGoOn = false
      }
    }
    session.isQuitting = true
    // What the end of the tree has to tell is not asked for any more.
    session.printer.options.showsEvents = false
    let end = Gate()
    _ = _Concurrency.Task { [session] in
      await session.stop()
      end.open()
    }
    if !end.wait(upTo: .seconds(15)) {
      editor.write("\(application.name) did not stop in time and is left behind\n")
    }
    session.deafness.end()
    editor.close()
  }

  /// Reads a line, and further ones while a quotation is open.
  private func readStatement() -> LineEditor.Input {
    var lines: [String] = []
    while true {
      // In a tour, Enter alone types what is to be typed.
      let input =
        lines.isEmpty
        ? editor.readLine(prompt: prompt, whenEmpty: session.tour?.expected)
        : editor.readLine(prompt: continuationPrompt)
      guard case .line(let line) = input else {
        // The end of input within a quotation ends that first.
        if case .endOfInput = input, !lines.isEmpty { return .cancelled }
        return input
      }
      lines.append(line)
      let statement = lines.joined(separator: "\n")
      if !Lexer.isUnfinished(statement) { return .line(statement) }
    }
  }

  private var continuationPrompt: String {
    let width = session.application.prompt.displayWidth
    let text = String(repeating: ".", count: max(1, width - 1)) + " "
    return session.printer.options.style.apply(.dim, to: text)
  }

  private var prompt: String {
    session.printer.options.style.apply(.prompt, to: session.application.prompt)
  }

  /// Runs a request and waits for its end; false when the session is to end.
  private func run(_ request: Request) -> Bool {
    let number = submit(request)
    switch editor.drain(number) {
    case .finished: return true
    case .interrupted:
      let evaluator = evaluation.withLock { $0.evaluator }?.pid
      if let evaluator { session.runtime.exit(evaluator, .kill) }
      // The end of the evaluator finishes the wait.
      _ = editor.drain(number)
      editor.write("interrupted\n")
      if let words = evaluator.flatMap(session.takeLastWords) { editor.write("\(words)\n") }
      return true
    case .terminated: return false
    }
  }

  /// Hands a request to the evaluator, a new one where the last has been killed.
  ///
  /// - Returns: The request's number.
  private func submit(_ request: Request) -> Int {
    let (pid, number) = evaluation.withLock { state in
      state.request += 1
      if let (pid, latest) = state.evaluator {
        // First the number, then the look: should it be killed in between, the end of this request is told.
        latest.withLock { $0 = state.request }
        if session.runtime.isAlive(pid) { return (pid, state.request) }
        // And perhaps it has been told already, so the new one's is another.
        state.request += 1
      }
      let latest = Locked(state.request)
      let pid = spawnEvaluator(latest)
      state.evaluator = (pid, latest)
      return (pid, state.request)
    }
    session.runtime.send(pid, Submission(request: request, number: number))
    return number
  }

  /// - Parameter latest: The number of the request that it was given last.
  private func spawnEvaluator(_ latest: Locked<Int>) -> PID {
    let (session, editor) = (session, editor)
    let pid = session.runtime.spawnSilently(label: "evaluator") { process in
      session.evaluator = process.pid
      let evaluator = Evaluator(session: session, process: process)
      while true {
        guard case .message(let submission as Submission) = try await process.receive()
        else { continue }
        switch submission.request {
        case .start:
          await Self.start(session)
        case .line(let line, let number):
          _ = await evaluator.evaluate(
            Array(line.utf8)[...], line: number, keepsGoing: false)
        }
        editor.finish(submission.number)
        if process.cell.isEnded { throw ProcessEnded() }
      }
    }
    _ = _Concurrency.Task {
      _ = await session.runtime.waitForExit(of: pid)
      editor.finish(latest.withLock { $0 })
    }
    return pid
  }

  private static func start(_ session: Session) async {
    let application = session.application
    do {
      try await session.start()
      session.printer.note(
        "\(application.name) \(application.version) · \(application.banner) · help, tree, ctrl-D")
    } catch {
      session.printer.print(.failure(Evaluator.failure(error)), command: "start", line: 0)
    }
  }
}
