extension String {
  /// The text broken into lines of at most `width` columns, between words.
  ///
  /// Paragraphs, which empty lines separate, stay apart; within one, single newlines are spaces. A
  /// word that is wider than a line has one of its own.
  package func wrapped(toWidth width: Int) -> String {
    var paragraphs: [[Substring]] = [[]]
    for line in split(separator: "\n", omittingEmptySubsequences: false) {
      let words = line.split(separator: " ")
      if words.isEmpty {
        if paragraphs.last?.isEmpty == false { paragraphs.append([]) }
      } else {
        paragraphs[paragraphs.count - 1] += words
      }
    }
    return paragraphs.filter { !$0.isEmpty }.map { Self.lines($0, width).joined(separator: "\n") }
      .joined(separator: "\n\n")
  }

  /// One line broken between words where it is wider than `width`; what follows is indented.
  ///
  /// Spaces at its beginning and between its words stay, and colours take no room.
  package func folded(toWidth width: Int, indent: Int) -> String {
    guard widthWithoutColours > width else { return self }
    var words = split(separator: " ", omittingEmptySubsequences: false)[...]
    var result = String(words.popFirst() ?? "")
    var used = result.widthWithoutColours
    for word in words {
      let wide = String(word).widthWithoutColours
      if used > indent, used + 1 + wide > width {
        while result.hasSuffix(" ") { result.removeLast() }
        result += "\n" + String(repeating: " ", count: indent) + word
        used = indent + wide
      } else {
        result += " \(word)"
        used += 1 + wide
      }
    }
    return result
  }

  /// A line of a drawn tree, folded so that the branches on its left go on.
  package func foldedInTree(toWidth width: Int) -> String {
    var branches = ""
    var rest = self[...]
    // Colours stand among them.
    while let next = rest.first {
      if next == "\u{1B}", let end = rest.firstIndex(of: "m") {
        rest = rest[rest.index(after: end)...]
      } else if "│├└─ ".contains(next) {
        branches.append(next)
        rest.removeFirst()
      } else {
        break
      }
    }
    guard widthWithoutColours > width else { return self }
    // What goes on below: a branch that has siblings, and nothing below the last of them.
    let below = String(branches.map { "├│".contains($0) ? "│" : " " })
    let folded = folded(toWidth: width, indent: branches.count + 2).split(separator: "\n")
    return folded.enumerated().map { index, line in
      index == 0 ? String(line) : below + line.dropFirst(branches.count)
    }.joined(separator: "\n")
  }

  private var widthWithoutColours: Int {
    guard utf8.contains(0x1B) else { return displayWidth }
    var width = 0
    var isColour = false
    for scalar in unicodeScalars {
      if isColour {
        isColour = scalar != "m"
      } else if scalar == "\u{1b}" {
        isColour = true
      } else {
        width += String(scalar).displayWidth
      }
    }
    return width
  }

  private static func lines(_ words: [Substring], _ width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in words {
      let wide = String(word).displayWidth
      if used > 0, used + 1 + wide > width {
        lines.append(line)
        (line, used) = ("", 0)
      }
      line += used > 0 ? " \(word)" : String(word)
      used += used > 0 ? 1 + wide : wide
    }
    return lines + [line]
  }
}
