/// A prompt in the form that libedit needs.
///
/// libedit counts every character of a prompt as one that moves the cursor, except for text between
/// two escape characters, and that text it attaches to the character behind it: colours with nothing
/// behind them vanish, and two in a row lose the first. So neighbouring colours are joined here, and
/// colours at the very end move in front of the last character. Newlines it does not know at all, so
/// only the last line is given to it and the lines before are printed as text.
struct Prompt: Sendable, Equatable {
  /// The lines before the last, with a newline each, or nothing.
  let preface: String
  /// The last line for libedit: colours between `escape` characters.
  let scalars: [Unicode.Scalar]
  /// The last line as far as it is seen, for `CursorGeometry`.
  let visible: [Unicode.Scalar]

  /// Brackets colours within `scalars`. No text contains it: control characters are removed first.
  static let escape: Unicode.Scalar = "\u{1}"

  /// - Parameter coloured: False for a terminal that knows no colours; they are left out.
  init(_ text: String, coloured: Bool = true) {
    let safe = TerminalText.safe(text)
    let lineStart = safe.lastIndex(of: "\n").map { safe.index(after: $0) } ?? safe.startIndex
    preface = String(safe[..<lineStart])

    var scalars: [Unicode.Scalar] = []
    var visible: [Unicode.Scalar] = []
    var colours: [Unicode.Scalar] = []
    var lastVisible = 0
    func bracketed(_ colours: [Unicode.Scalar]) -> [Unicode.Scalar] {
      colours.isEmpty || !coloured ? [] : [Self.escape] + colours + [Self.escape]
    }
    var rest = safe.unicodeScalars[lineStart...]
    while let scalar = rest.first {
      if let colour = TerminalText.colour(at: rest) {
        colours += colour
        rest = rest[colour.endIndex...]
        continue
      }
      rest.removeFirst()
      // A character of no width can't carry a colour, and libedit can't draw it in a prompt.
      guard CursorGeometry.width(of: scalar) > 0 else { continue }
      lastVisible = scalars.count
      scalars += bracketed(colours) + [scalar]
      visible.append(scalar)
      colours = []
    }
    if !colours.isEmpty, let last = scalars.popLast() {
      // Colours at the end go in front of the last character, behind those already there.
      var before = scalars[lastVisible...].filter { $0 != Self.escape }
      before += colours
      scalars.removeSubrange(lastVisible...)
      scalars += bracketed(before) + [last]
    }
    self.scalars = scalars
    self.visible = visible
  }
}
