internal import CLibedit

// What libedit calls, on the thread that called libedit. Functions for C can't capture anything;
// each finds its `Editline` through the C object's client data.

/// Names of our commands, which libedit keeps. `nonisolated(unsafe)`: written once, before anybody
/// reads them.
enum CommandNames {
  nonisolated(unsafe) static let complete = name("complete-word")
  nonisolated(unsafe) static let paste = name("insert-paste")
  nonisolated(unsafe) static let help = name("A command of this program")

  private static func name(_ text: String) -> UnsafePointer<wchar_t>? {
    UnsafePointer(Editline.wide(text.unicodeScalars).baseAddress)
  }
}

private func editline(_ editor: OpaquePointer?) -> Editline? {
  editline_client_data(editor).map { Unmanaged<Editline>.fromOpaque($0).takeUnretainedValue() }
}

func readCharacter(
  _ editor: OpaquePointer?, _ result: UnsafeMutablePointer<wchar_t>?
) -> Int32 {
  guard let value = editline(editor)?.delegate?.nextCharacter() else {
    result?.pointee = 0
    return -1
  }
  let isKnown = CharacterSet.isUnicode || value < 0x100
  result?.pointee = wchar_t(isKnown ? value : 0x3F)
  return 1
}

func currentPrompt(_ editor: OpaquePointer?) -> UnsafeMutablePointer<wchar_t>? {
  editline(editor)?.prompt
}

func completeWord(_ editor: OpaquePointer?, _ key: Int32) -> UInt8 {
  (editline(editor)?.delegate?.complete() ?? .beep).code
}

func insertPastedText(_ editor: OpaquePointer?, _ key: Int32) -> UInt8 {
  (editline(editor)?.delegate?.insertPaste() ?? .beep).code
}

extension Editline.Effect {
  fileprivate var code: UInt8 {
    switch self {
    case .nothing: UInt8(CC_NORM)
    case .changed: UInt8(CC_REFRESH)
    case .beep: UInt8(CC_ERROR)
    }
  }
}
