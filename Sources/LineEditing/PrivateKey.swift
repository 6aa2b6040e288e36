/// Keys that exist between our character source and libedit's key map only.
///
/// libedit looks up every character below U+0100 in its map. The control characters U+0080…U+009F
/// are on no keyboard, and `KeyDecoder` lets none through from the terminal, so they are free to
/// stand for what has no character: a paste, and cursor keys in vi mode.
enum PrivateKey: UInt32, Sendable, CaseIterable {
  case paste = 0x90
  case up, down, left, right, home, end, delete

  /// libedit's name for what the key does, in all key maps. `paste` is a command of our own.
  var command: String {
    switch self {
    case .paste: "insert-paste"
    case .up: "ed-prev-history"
    case .down: "ed-next-history"
    case .left: "ed-prev-char"
    case .right: "ed-next-char"
    case .home: "ed-move-to-beg"
    case .end: "ed-move-to-end"
    case .delete: "ed-delete-next-char"
    }
  }

  /// What terminals send for the cursor keys, in both of their modes.
  static let cursorSequences: [([UInt8], PrivateKey)] = [
    ("[A", .up), ("OA", .up), ("[B", .down), ("OB", .down),
    ("[C", .right), ("OC", .right), ("[D", .left), ("OD", .left),
    ("[H", .home), ("OH", .home), ("[1~", .home), ("[F", .end), ("OF", .end), ("[4~", .end),
    ("[3~", .delete),
  ].map { ([0x1B] + Array($0.utf8), $1) }
}
