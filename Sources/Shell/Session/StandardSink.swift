internal import LineEditing

/// Prints to two descriptors: results and events to one, errors to the other.
package final class StandardSink: Printer.Sink {
  private let out: OutputWriter
  private let err: OutputWriter

  package init(output: CInt = 1, error: CInt = 2) {
    out = OutputWriter(descriptor: output)
    err = OutputWriter(descriptor: error)
  }

  package func output(_ text: String) { out.write(text) }

  package func error(_ text: String) {
    err.write(text)
    err.flush()
  }

  package func flush() { out.flush() }
  package var isClosed: Bool { out.isClosed }
}

/// Prints above the line that is being edited.
final class EditorSink: Printer.Sink {
  private let editor: LineEditor

  init(_ editor: LineEditor) { self.editor = editor }

  // The editor ends lines itself.
  func output(_ text: String) {
    editor.write(text.hasSuffix("\n") ? String(text.dropLast()) : text)
  }
  func error(_ text: String) { output(text) }
  func flush() {}
  func show(_ text: String) -> Bool {
    guard editor.canRedraw else { return false }
    editor.show(text)
    return true
  }
  func keepShown() { editor.keepShown() }
  var isClosed: Bool { false }
}
