#if canImport(Darwin)
  internal import Darwin  // The signals' numbers.
#else
  internal import Glibc  // The signals' numbers.
#endif

/// The editor's side of a conversation with libedit: where keys come from, and how events get above
/// the line being edited.
///
/// libedit asks for one character at a time. While there is none, this waits for three things and
/// serves them in this order:
///
/// 1. signals: they may end the line;
/// 2. keys: typing must never lag behind a storm of events;
/// 3. texts to print, at most 60 times a second.
///
/// It belongs to the editor's thread. Invariants:
/// 1. When libedit asks for a character, the screen shows what `editline.line` holds, and the cursor
///    stands where `CursorGeometry` says.
/// 2. Once `ending` is set, libedit gets no further character until the next line begins.
final class EditSession: EditlineDelegate {
  enum Ending: Equatable {
    case cancelled, endOfInput
    case terminated(signal: Int32)
  }

  let editline: Editline
  let display: LineDisplay
  private let input: Descriptor
  let output: Descriptor
  let outbox: Outbox
  let signals: SignalPipe
  private let completer: @Sendable (String, Int) -> [Completion]

  private var keys = KeyDecoder()
  private var ending: Ending?
  private var isCancelling = false
  private var paste: String?
  private var whenEmpty: String?
  var panel = Panel()
  private var wasResumed = false
  private var lastRedraw: ContinuousClock.Instant?

  private static let redrawInterval: Duration = .seconds(1) / 60
  /// How long the rest of an escape sequence may take: sent in one piece, it rarely comes in two.
  private static let sequenceMilliseconds: Int32 = 20
  /// Texts per redraw: as many as a terminal shows without a visible pause.
  static let batch = 500

  init(
    editline: Editline, input: Descriptor, output: Descriptor, outbox: Outbox, signals: SignalPipe,
    completer: @escaping @Sendable (String, Int) -> [Completion]
  ) {
    self.editline = editline
    display = LineDisplay(editline: editline)
    self.input = input
    self.output = output
    self.outbox = outbox
    self.signals = signals
    self.completer = completer
    keys.translatesCursorKeys = editline.isVi
    editline.delegate = self
  }

  // MARK: One line

  func readLine(prompt text: String, whenEmpty: String?) -> Result<String, EndingError> {
    self.whenEmpty = whenEmpty
    ending = nil
    isCancelling = false
    paste = nil
    // What was typed before the terminal was ours, it has shown itself, and libedit is about to. Stop the
    // one, remove what it has shown, and only then draw: libedit assumes an empty row.
    holdKeys()
    if editline.canRedraw { editline.write("\r\u{1B}[J") }
    printTexts()
    display.begin(Prompt(text, coloured: editline.canRedraw))
    setBracketedPaste(true)
    let line = editline.readLine()
    if line == nil, ending == nil {
      // libedit itself saw ctrl-D, showed it, and left the cursor behind it.
      display.print("\n")
    }
    setBracketedPaste(false)
    editline.flush()
    holdKeys()
    if let line, ending == nil { return .success(line) }
    return .failure(EndingError(ending: ending ?? .endOfInput))
  }

  /// `Result` wants an error; this is none for anybody else.
  struct EndingError: Error { let ending: Ending }

  private func setBracketedPaste(_ flag: Bool) {
    if editline.canRedraw { editline.write(flag ? "\u{1B}[?2004h" : "\u{1B}[?2004l") }
  }

  // MARK: The next character

  func nextCharacter() -> UInt32? {
    while ending == nil {
      if let signal = signals.next() { handle(signal) }
      if isCancelling { return cancel() }
      if ending != nil { break }
      if let key = keys.next() { return character(for: key) }
      if let key = wait() { return character(for: key) }
    }
    return nil
  }

  private func character(for key: Key) -> UInt32 {
    switch key {
    case .scalar(let scalar):
      if scalar == "\r" || scalar == "\n" { fillEmptyLine() }
      return scalar.value
    case .cursor(let key): return key.rawValue
    case .paste(let text):
      paste = text
      return PrivateKey.paste.rawValue
    }
  }

  /// Waits once, for whatever comes first, and reads or prints it.
  ///
  /// - Returns: A key only if the wait for the rest of its escape sequence was in vain.
  private func wait() -> Key? {
    // Case 1: texts wait and there is room for them. Print when a 60th of a second has passed.
    // Case 2: texts wait and the input fills the screen. They wait for a key that shortens it.
    // Case 3: half an escape sequence has come. Wait for its rest, briefly.
    // Case 4: nothing. Wait without end.
    var timeout: Int32 = -1
    let mayPrint = outbox.hasTexts && display.fitsScreen
    if mayPrint { timeout = millisecondsUntilRedraw }
    if keys.isHoldingBack { timeout = Self.sequenceMilliseconds }

    let ready = Descriptor.poll([input, signals.readEnd, outbox.wake], timeout: timeout)
    if ready[2] { outbox.acknowledge() }
    if ready[1] { return nil }  // Signals come first; the caller looks.
    if ready[0] {
      // Ctrl-C empties the terminal's queue of keys. So what is read behind it was typed behind it, but
      // only if it is known by then.
      if let signal = signals.next() {
        handle(signal)
        return nil
      }
      switch input.read() {
      case .bytes(let bytes): keys.feed(bytes)
      case .nothing: break
      case .end: ending = .endOfInput
      }
      return nil
    }
    if keys.isHoldingBack { return ready[2] ? nil : keys.next(flushing: true) }
    if mayPrint, millisecondsUntilRedraw == 0 {
      display.printAbove(outbox.take(Self.batch))
      lastRedraw = .now
    }
    return nil
  }

  private var millisecondsUntilRedraw: Int32 {
    guard let lastRedraw else { return 0 }
    let rest = Self.redrawInterval - (ContinuousClock.now - lastRedraw)
    guard rest > .zero else { return 0 }
    return 1 + Int32(rest / .milliseconds(1))
  }

  // MARK: Signals

  private func handle(_ signal: Int32) {
    switch signal {
    case SIGINT:
      keys.discard()
      isCancelling = true
    case SIGHUP, SIGTERM:
      display.leaveLine(mark: "")
      ending = .terminated(signal: signal)
    case SIGWINCH:
      display.resize(columns: input.columns)
    case SIGTSTP:
      display.leaveLine(mark: "")
      setBracketedPaste(false)
      editline.flush()
      editline.prepareTerminal(false)
      signals.suspend()
      resume()
      wasResumed = true
    case SIGCONT where wasResumed:
      // The signal that ended our own suspension: the line is drawn already.
      wasResumed = false
    case SIGCONT:
      resume()
    default:
      break
    }
  }

  /// The program was stopped and others used the terminal: nothing is as we left it, but the shell
  /// that continued us has left its cursor in an empty row.
  private func resume() {
    holdKeysAnew()
    setBracketedPaste(true)
    display.print(editline.canRedraw ? "\r\u{1B}[J" : "\n")
    editline.resize()
    editline.refresh()
  }

  /// Ctrl-C. In a search through the history the end of input would look like an end of file, so
  /// leave the search first, by its own key.
  private func cancel() -> UInt32? {
    if isSearching { return 0x07 }
    isCancelling = false
    display.leaveLine(mark: "^C")
    ending = .cancelled
    return nil
  }

  private var isSearching: Bool {
    let line = editline.line.scalars
    guard let newline = line.lastIndex(of: "\n") else { return false }
    let marks = ["bck:", "bck?", "fwd:", "fwd?"]
    return marks.contains { line[(newline + 1)...].starts(with: $0.unicodeScalars) }
  }

  // MARK: Completion and paste

  /// Enter in an empty line: types what that stands for.
  private func fillEmptyLine() {
    guard let whenEmpty, editline.line.scalars.isEmpty, editline.insert(whenEmpty) else { return }
    // The cursor stands behind the prompt, and libedit, which would draw from the first column, is about to
    // leave the line.
    editline.write(whenEmpty)
  }

  func complete() -> Editline.Effect {
    let (scalars, position) = editline.line
    func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars)
      return String(view)
    }
    let line = string(scalars[...])
    let cursor = string(scalars[..<position]).count
    switch CompletionAction(completer(line, cursor), line: line, cursor: cursor) {
    case .beep:
      return .beep
    case .insert(let text, let deleting):
      editline.deleteBeforeCursor(deleting)
      return editline.insert(text) ? .changed : .beep
    case .list(let candidates):
      guard display.fitsScreen else { return .beep }
      let lines = CompletionList.lines(
        for: candidates, columns: editline.size.columns, limit: display.freeRows)
      display.printAbove(lines.map { $0 + "\n" })
      return .nothing
    }
  }

  func insertPaste() -> Editline.Effect {
    defer { paste = nil }
    guard let paste, editline.insert(paste) else { return .beep }
    return .changed
  }
}
