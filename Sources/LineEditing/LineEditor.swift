#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A line editor on a terminal, above which other threads may print.
///
/// It reads lines with history, completion and the user's own key bindings (`.editrc`), like any
/// shell. Unlike them it stays readable while the program reports what it is doing: text given to
/// ``write(_:)`` appears above the line being typed, and the line is drawn again with its cursor
/// where it was.
///
/// ```swift
/// let editor = try LineEditor(.init(program: "kv"))
/// defer { editor.close() }
/// while case .line(let line) = editor.readLine(prompt: "kv> ") {
///   editor.addToHistory(line)
///   request += 1
///   start(line) { [request] result in  // on some other thread:
///     editor.write(result)
///     editor.finish(request)
///   }
///   _ = editor.drain(request)          // prints until then, or until ctrl-C
/// }
/// ```
///
/// ## Threads
///
/// One thread, the *editor's*, calls ``readLine(prompt:)``, ``drain(_:)`` and ``close()``; they block
/// it, so give it one of its own. Only this thread ever writes to the terminal. Everything else may
/// be called from anywhere and returns at once.
///
/// ## Signals
///
/// From creation to ``close()`` the editor takes ctrl-C, ctrl-Z, SIGHUP, SIGTERM, SIGCONT and
/// SIGWINCH, for the whole program. Ctrl-C never ends the program: it cancels the line, or
/// interrupts ``drain(_:)``.
///
/// ## Failure
///
/// Only creating an editor can fail, mostly because input or output is no terminal. A terminal that
/// goes away later is the end of input.
///
/// `@unchecked Sendable` because `outbox`, `signals` and `entries` are safe to share and `session`
/// and `editline` are touched by the editor's thread only, by the contract above.
public final class LineEditor: @unchecked Sendable {
  public struct Configuration: Sendable {
    /// The program's name, which selects its lines in the user's `.editrc`.
    public var program: String
    /// Where entered lines are kept, such as ``HistoryFile/defaultPath(program:)``; `nil`, only in
    /// memory.
    public var historyFile: String?
    /// How many entered lines are remembered (a count).
    public var historyLimit: Int
    /// Candidates for the word before the cursor, an offset in characters. Runs on the editor's
    /// thread, and typing waits for it.
    public var completer: @Sendable (_ line: String, _ cursor: Int) -> [Completion]
    public var inputDescriptor: Int32
    public var outputDescriptor: Int32
    /// The terminal's type instead of the environment's `TERM`; "dumb" switches all control
    /// sequences off.
    public var terminalType: String?

    public init(
      program: String, historyFile: String? = nil, historyLimit: Int = 1000,
      inputDescriptor: Int32 = 0, outputDescriptor: Int32 = 1, terminalType: String? = nil,
      completer: @escaping @Sendable (_ line: String, _ cursor: Int) -> [Completion] = { _, _ in []
      }
    ) {
      self.program = program
      self.historyFile = historyFile
      self.historyLimit = historyLimit
      self.inputDescriptor = inputDescriptor
      self.outputDescriptor = outputDescriptor
      self.terminalType = terminalType
      self.completer = completer
    }
  }

  /// What the user did instead of, or by, entering a line.
  public enum Input: Sendable, Equatable {
    /// Enter. Several lines, joined by "\n", if the user pasted several.
    case line(String)
    /// Ctrl-C.
    case cancelled
    /// Ctrl-D on an empty line, or the terminal is gone.
    case endOfInput
    /// SIGTERM or SIGHUP: the program should end.
    case terminated(signal: Int32)
  }

  /// Why ``drain(_:)`` returned.
  public enum Interruption: Sendable, Equatable {
    /// ``finish(_:)`` was called.
    case finished
    /// Ctrl-C.
    case interrupted
    /// SIGTERM or SIGHUP: the program should end.
    case terminated(signal: Int32)
  }

  /// How many texts may wait to be printed; further ones are dropped and counted.
  public static let queueLimit = 10_000

  private let outputDescriptor: Descriptor
  /// Whether the terminal can move its cursor up and erase, as ``show(_:)`` needs.
  public let canRedraw: Bool
  private let outbox: Outbox
  private let entries: Lock<HistoryEntries>
  private let historyFile: HistoryFile?
  let signals: SignalPipe
  // The editor's thread only; `nil` once closed.
  private var editline: Editline?
  private var session: EditSession?

  /// Takes over the terminal's keys and the program's signals, and loads the history.
  ///
  /// - Throws: ``LineEditingError/notATerminal`` when a descriptor is none.
  public init(_ configuration: Configuration) throws(LineEditingError) {
    let input = Descriptor(configuration.inputDescriptor)
    let output = Descriptor(configuration.outputDescriptor)
    guard input.isTerminal, output.isTerminal else { throw .notATerminal }
    _ = CharacterSet.isUnicode  // Before libedit starts.

    let outbox = try Outbox(limit: Self.queueLimit)
    let signals = try SignalPipe()
    let editline = try Editline(
      program: configuration.program, input: input.number, output: output.number,
      terminalType: configuration.terminalType, historyLimit: configuration.historyLimit)
    let file = configuration.historyFile.map(HistoryFile.init(path:))
    let loaded = file?.load(limit: configuration.historyLimit) ?? []

    outputDescriptor = output
    canRedraw = editline.canRedraw
    self.outbox = outbox
    self.signals = signals
    self.editline = editline
    historyFile = file
    entries = Lock(HistoryEntries(loaded, limit: configuration.historyLimit))
    session = EditSession(
      editline: editline, input: input, output: output, outbox: outbox, signals: signals,
      completer: configuration.completer)
  }

  deinit { close() }

  // MARK: The editor's thread

  /// Waits until the user enters a line, or does something else instead.
  ///
  /// Prints what was written since, and what is written meanwhile.
  ///
  /// - Parameters:
  ///   - prompt: May have colours (`ESC [ … m`) and several lines.
  ///   - whenEmpty: What Enter in an empty line types before it ends the line; nil, nothing.
  public func readLine(prompt: String, whenEmpty: String? = nil) -> Input {
    guard let editline, let session else { return .endOfInput }
    for entry in entries.withLock({ $0.takeNew() }) { editline.enterHistory(entry) }
    let result = session.readLine(prompt: prompt, whenEmpty: whenEmpty)
    // What a command that was interrupted has shown meanwhile is not the next one's.
    session.leavePanel()
    switch result {
    case .success(let line): return .line(line)
    case .failure(let error):
      switch error.ending {
      case .cancelled: return .cancelled
      case .endOfInput: return .endOfInput
      case .terminated(let signal): return .terminated(signal: signal)
      }
    }
  }

  /// Prints what is written until a command ends or the user interrupts it.
  ///
  /// Everything that a thread wrote before it called ``finish(_:)`` is printed when this returns. After
  /// an interruption the command is still running: call this again to wait for its end.
  ///
  /// - Parameter request: The command's number, larger than those before.
  public func drain(_ request: Int) -> Interruption {
    guard let session else { return .finished }
    session.holdKeys()
    defer { session.leavePanel() }
    while true {
      while let signal = signals.next() {
        switch signal {
        case SIGINT:
          session.printTexts()
          session.markInterruption()
          return .interrupted
        case SIGHUP, SIGTERM:
          session.printTexts()
          return .terminated(signal: signal)
        case SIGTSTP:
          session.suspend()
        case SIGCONT:
          session.holdKeysAnew()
        default:
          break  // SIGWINCH: there is no line to draw.
        }
      }
      // Look first, then print: what was written before the end is then among what is printed.
      let isFinished = outbox.isFinished(request)
      if session.printSomeTexts() { continue }
      if isFinished { return .finished }
      if Descriptor.poll([signals.readEnd, outbox.wake], timeout: -1)[1] { outbox.acknowledge() }
    }
  }

  /// Prints what is still queued and gives the terminal back. Later calls of anything have no effect.
  public func close() {
    guard let editline, let session else { return }
    outbox.close()
    session.printTexts()
    editline.end()
    signals.close()
    self.session = nil
    self.editline = nil
  }

  // MARK: Any thread

  /// Prints text as whole lines: above the line being edited, or at once while ``drain(_:)`` runs, or
  /// else when one of them begins.
  ///
  /// Control characters are removed, except for newlines and colours (`ESC [ … m`). Never waits: when
  /// ``queueLimit`` texts wait already, this one is dropped, and "n lines dropped" is printed instead.
  public func write(_ text: String) {
    let text = TerminalText.safe(text, coloured: canRedraw)
    outbox.write(text.utf8.last == 0x0A ? text : text + "\n")
  }

  /// Shows text below all that is printed, in the place of what the last call showed.
  ///
  /// While ``drain(_:)`` runs; when that returns, it is text like any other, and what comes while a line is
  /// read is not shown at all. Only where ``canRedraw``; of a text that is higher than the screen, the
  /// beginning. Control characters are removed as by ``write(_:)``.
  public func show(_ text: String) {
    let text = TerminalText.safe(text)
    outbox.show(text.utf8.last == 0x0A ? text : text + "\n")
  }

  /// What is shown stays where it is, and what is printed from now on stands below it.
  public func keepShown() { outbox.keepPanel() }

  /// Ends the ``drain(_:)`` of that request, the current or a coming one, and of all before.
  ///
  /// - Parameter request: The number of the command that has ended. Told twice or late, when somebody waits
  ///   for the next already, it does no harm.
  public func finish(_ request: Int) { outbox.finish(request) }

  /// The entered lines, oldest first.
  public var history: [String] { entries.withLock { $0.lines } }

  /// Remembers a line, and appends it to the file at once.
  ///
  /// Blank lines and a repetition of the last one are skipped. The up key finds it from the next
  /// ``readLine(prompt:)`` on.
  public func addToHistory(_ line: String) {
    // Under the lock, so that the file has the same order.
    entries.withLock { entries in
      if entries.add(line) { historyFile?.append(line) }
    }
  }

  /// The terminal's width in columns; 80 if it doesn't tell.
  public var columns: Int { outputDescriptor.columns ?? 80 }
}
