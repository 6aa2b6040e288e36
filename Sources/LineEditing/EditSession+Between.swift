/// Between two lines, while a command runs: keys are held for the next line, and what is printed stands at the
/// cursor.
extension EditSession {
  /// Keeps the terminal from showing what is typed, and from editing it: libedit, which gives the terminal
  /// back behind each line, will do both when the next line begins. Shown by the terminal, keys would stand
  /// in the midst of what is printed.
  func holdKeys() { editline.prepareTerminal(true) }

  /// Others have had the terminal, and may have left it in another way than libedit believes.
  func holdKeysAnew() {
    editline.prepareTerminal(false)
    holdKeys()
  }

  /// Stops the program until somebody continues it; the terminal is as it was found meanwhile.
  func suspend() {
    editline.prepareTerminal(false)
    signals.suspend()
    holdKeysAnew()
    // Others have written below the panel, which is drawn again below that.
    panel.leave()
  }

  /// Prints everything queued.
  func printTexts() {
    while printSomeTexts() {}
  }

  /// Prints a part of what is queued, so that a storm that never ends doesn't keep signals waiting.
  ///
  /// - Returns: Whether there was anything.
  func printSomeTexts() -> Bool {
    let (texts, shown, isPanelNew) = outbox.takeWithPanel(Self.batch)
    if texts.isEmpty, !isPanelNew { return false }
    let (columns, rows) = output.size ?? editline.size
    // Also a key that the terminal has shown before it was told not to.
    if editline.canRedraw { editline.write("\r\u{1B}[K") }
    editline.write(panel.erase(columns: columns))
    for text in texts { display.print(text) }
    if let shown { display.print(panel.draw(shown, columns: columns, rows: rows)) }
    editline.flush()
    return true
  }

  /// The panel stays where it is, as what was printed, and no later one is drawn over it.
  func leavePanel() {
    outbox.forgetPanel()
    panel.leave()
  }

  /// Shows that ctrl-C was pressed, as terminals do.
  func markInterruption() {
    display.print("^C\n")
    editline.flush()
  }
}
