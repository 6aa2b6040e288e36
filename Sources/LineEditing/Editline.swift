internal import CLibedit

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What libedit asks while it reads a line.
protocol EditlineDelegate: AnyObject {
  /// Waits for the next character; `nil` ends the line.
  func nextCharacter() -> UInt32?
  /// The Tab key.
  func complete() -> Editline.Effect
  /// `PrivateKey.paste`.
  func insertPaste() -> Editline.Effect
}

/// libedit behind Swift types; all its pointers are here.
///
/// It belongs to one thread, the editor's: libedit calls back on the thread that called it, and
/// nothing here locks. Why no pointer dangles:
/// 1. The C object's client data is this object, unretained; `end` runs before it goes away.
/// 2. `promptBuffer` stays where it is until the next `setPrompt`, and libedit reads the prompt only
///    while a line is edited.
/// 3. Command names are allocated once for the life of the program.
///
/// The functions that C calls are in `EditlineCallbacks.swift`.
final class Editline {
  /// What a command did to the line.
  enum Effect { case nothing, changed, beep }

  weak var delegate: (any EditlineDelegate)?
  let isVi: Bool
  /// Whether the terminal can move its cursor up and erase below it.
  let canRedraw: Bool

  private let editor: OpaquePointer
  private let history: OpaquePointer
  private let input: UnsafeMutablePointer<FILE>
  private let output: UnsafeMutablePointer<FILE>
  private var promptBuffer: UnsafeMutableBufferPointer<wchar_t>

  /// - Parameter terminalType: What to believe instead of the environment's `TERM`.
  init(
    program: String, input inputDescriptor: Int32, output outputDescriptor: Int32,
    terminalType: String?, historyLimit: Int
  ) throws(LineEditingError) {
    // Copies, so that closing our streams leaves the caller's descriptors open.
    guard let input = fdopen(dup(inputDescriptor), "r"),
      let output = fdopen(dup(outputDescriptor), "w")
    else { throw .system(action: "open the terminal", code: errno) }
    // One large buffer makes each redraw one write, which terminals show without flicker.
    setvbuf(output, nil, Int32(_IOFBF), 1 << 16)
    guard let editor = el_init(program, input, output, output), let history = history_winit() else {
      fclose(input)
      fclose(output)
      throw .system(action: "start libedit", code: errno)
    }
    (self.editor, self.history, self.input, self.output) = (editor, history, input, output)
    promptBuffer = Self.wide([])

    if let terminalType { _ = editline_set_terminal(editor, terminalType) }
    _ = editline_set_handles_signals(editor, 0)
    _ = editline_set_reader(editor, readCharacter)
    _ = editline_set_prompt(editor, currentPrompt, wchar_t(Prompt.escape.value))
    _ = editline_history_set_size(history, Int32(clamping: max(historyLimit, 1)))
    _ = editline_set_history(editor, history)
    _ = editline_add_command(editor, CommandNames.complete, CommandNames.help, completeWord)
    _ = editline_add_command(editor, CommandNames.paste, CommandNames.help, insertPastedText)
    // libedit's own default depends on how it was built.
    _ = editline_use_emacs(editor)
    // The user's .editrc comes first: a `bind -v` in it throws away all bindings made before.
    _ = el_source(editor, nil)
    _ = editline_set_editing(editor, 1)
    isVi = editline_is_vi(editor) != 0
    canRedraw =
      editline_terminal_can(editor, "up") != 0 && editline_terminal_can(editor, "cd") != 0
    _ = editline_set_client_data(editor, Unmanaged.passUnretained(self).toOpaque())
    bindKeys()
  }

  /// Restores the terminal and frees everything. Nothing may be called afterwards.
  func end() {
    el_end(editor)
    history_wend(history)
    fclose(input)
    fclose(output)
    promptBuffer.deallocate()
  }

  // MARK: Keys

  private func bindKeys() {
    bind("^I", "complete-word")
    for key in PrivateKey.allCases {
      let name = "\\" + String(key.rawValue, radix: 8)
      bind(name, key.command)
      if isVi { bind(name, key.command, alternative: true) }
    }
    // libedit's own command line reads an unfinished quotation from memory that it never wrote.
    for key in isVi ? [":"] : ["\\ex", "\\eX"] { bind(key, "ed-unassigned", alternative: isVi) }
    // In vi mode an escape is a command: a sequence that begins with one would delay or hide it.
    if isVi { return }
    bind("^R", "em-inc-search-prev")
    for (sequence, command) in [
      ("\\e[1~", "ed-move-to-beg"), ("\\e[4~", "ed-move-to-end"), ("\\e[3~", "ed-delete-next-char"),
      ("\\e[5~", "ed-search-prev-history"), ("\\e[6~", "ed-search-next-history"),
      ("\\e[1;5C", "em-next-word"), ("\\e[1;5D", "ed-prev-word"),
    ] { bind(sequence, command) }
  }

  private func bind(_ key: String, _ command: String, alternative: Bool = false) {
    let (key, command) = (Self.wide(key.unicodeScalars), Self.wide(command.unicodeScalars))
    defer {
      key.deallocate()
      command.deallocate()
    }
    if alternative {
      _ = editline_bind_alternative(editor, key.baseAddress, command.baseAddress)
    } else {
      _ = editline_bind(editor, key.baseAddress, command.baseAddress)
    }
  }

  // MARK: Reading a line

  func setPrompt(_ prompt: Prompt) {
    promptBuffer.deallocate()
    promptBuffer = Self.wide(prompt.scalars)
  }

  /// Waits for a line; `nil` at the end of input or when the delegate ended it.
  func readLine() -> String? {
    var count: Int32 = 0
    guard let line = el_wgets(editor, &count), count > 0 else { return nil }
    var scalars = Self.scalars(UnsafeBufferPointer(start: line, count: Int(count)))
    if scalars.last == "\n" { scalars.removeLast() }
    return String(scalars)
  }

  func enterHistory(_ line: String) {
    let line = Self.wide(line.unicodeScalars)
    defer { line.deallocate() }
    _ = editline_history_enter(history, line.baseAddress)
  }

  // MARK: While a line is read

  /// What has been typed, and the cursor as an offset in scalars. During a search in the history it
  /// holds the search too, which is right for geometry.
  var line: (scalars: [Unicode.Scalar], cursor: Int) {
    guard let info = el_wline(editor)?.pointee, let start = info.buffer else { return ([], 0) }
    let text = UnsafeBufferPointer(start: start, count: info.lastchar - start)
    return (text.map { Unicode.Scalar(UInt32(bitPattern: $0)) ?? "\u{FFFD}" }, info.cursor - start)
  }

  /// The size that libedit draws for, which is the terminal's when a line or a resize began.
  var size: (columns: Int, lines: Int) {
    (
      max(2, Int(editline_terminal_number(editor, "co"))),
      max(1, Int(editline_terminal_number(editor, "li")))
    )
  }

  func resize() { el_resize(editor) }
  func refresh() { _ = editline_refresh(editor) }
  func deleteBeforeCursor(_ count: Int) { el_deletestr(editor, Int32(clamping: count)) }

  /// - Returns: False if the line has no room left.
  func insert(_ text: String) -> Bool {
    let text = Self.wide(text.unicodeScalars)
    defer { text.deallocate() }
    return el_winsertstr(editor, text.baseAddress) == 0
  }

  /// True: the terminal gives keys as they are pressed. False: as the program found it.
  func prepareTerminal(_ flag: Bool) { _ = editline_prepare_terminal(editor, flag ? 1 : 0) }

  // MARK: Output

  func write(_ text: String) {
    var text = text
    text.withUTF8 { _ = fwrite($0.baseAddress, 1, $0.count, output) }
  }

  func flush() { fflush(output) }

  // MARK: Wide characters

  /// The text for C, ending with a zero; without Unicode, as far as it is ASCII.
  static func wide(
    _ scalars: some Collection<Unicode.Scalar>
  ) -> UnsafeMutableBufferPointer<wchar_t> {
    let buffer = UnsafeMutableBufferPointer<wchar_t>.allocate(capacity: scalars.count + 1)
    var end = 0
    for scalar in scalars where scalar.value != 0 {
      let isKnown = CharacterSet.isUnicode || scalar.isASCII
      buffer.initializeElement(at: end, to: wchar_t(isKnown ? scalar.value : 0x3F))
      end += 1
    }
    buffer.initializeElement(at: end, to: 0)
    return buffer
  }

  /// Without zeros, and without private keys that were quoted into the line.
  private static func scalars(
    _ characters: UnsafeBufferPointer<wchar_t>
  ) -> String.UnicodeScalarView {
    var result = String.UnicodeScalarView()
    for character in characters {
      let value = UInt32(bitPattern: character)
      guard value != 0, !(0x80...0x9F).contains(value) else { continue }
      result.append(Unicode.Scalar(value) ?? "\u{FFFD}")
    }
    return result
  }

  var prompt: UnsafeMutablePointer<wchar_t>? { promptBuffer.baseAddress }
}
