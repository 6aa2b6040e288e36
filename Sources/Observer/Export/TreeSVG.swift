internal import Supervision
internal import Views

/// The tree as a picture that needs nothing else: no style sheet, no script, no font of its own.
enum TreeSVG {
  static func draw(_ picture: TreePicture) -> String {
    var lines = [
      ##"<svg xmlns="http://www.w3.org/2000/svg" width="\##(Int(picture.width))" height="\##(Int(picture.height))" font-family="sans-serif" font-size="13">"##,
      ##"<rect width="100%" height="100%" fill="#ffffff"/>"##,
    ]
    for (index, row) in picture.rows.enumerated() {
      guard let parent = row.parent else { continue }
      let (from, to) = (picture.boxes[parent], picture.boxes[index])
      let (x, y) = (from.x + from.width, from.y + TreePicture.boxHeight / 2)
      let end = to.y + TreePicture.boxHeight / 2
      let middle = (x + to.x) / 2
      lines.append(
        ##"<path d="M\##(x) \##(y)C\##(middle) \##(y) \##(middle) \##(end) \##(to.x) \##(end)" fill="none" stroke="#9aa4b2"/>"##
      )
    }
    for (index, row) in picture.rows.enumerated() {
      let box = picture.boxes[index]
      guard case .process(let node) = row.item else {
        lines.append(
          ##"<text x="\##(box.x + 10)" y="\##(box.y + 25)" fill="#5b6472">… and \##(row.hiddenChildren) more</text>"##
        )
        continue
      }
      let isSupervisor = node.process.isSupervisor
      let stroke = node.marks.isEmpty ? (isSupervisor ? "#4059ad" : "#8792a2") : "#c2410c"
      lines.append(
        ##"<rect x="\##(box.x)" y="\##(box.y)" width="\##(box.width)" height="\##(TreePicture.boxHeight)" rx="\##(isSupervisor ? 4 : 20)" fill="#f7f9fc" stroke="\##(stroke)" stroke-width="\##(isSupervisor ? 2 : 1)"/>"##
      )
      let title = SVGText.escape(Self.shortened(node.process.title))
      let notes = SVGText.escape(Self.shortened(TreePicture.subtitle(node)))
      lines.append(
        ##"<text x="\##(box.x + 16)" y="\##(box.y + 17)" fill="#111827">\##(title)</text>"##)
      lines.append(
        ##"<text x="\##(box.x + 16)" y="\##(box.y + 32)" fill="#5b6472" font-size="11">\##(notes)</text>"##
      )
    }
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private static func shortened(_ text: String) -> String {
    text.count > 40 ? String(text.prefix(39)) + "…" : text
  }
}

/// Text in a picture.
enum SVGText {
  /// Harmless between tags, whatever it was.
  static func escape(_ text: String) -> String {
    var result = ""
    for character in Sanitizer.sanitize(text) {
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.append(character)
      }
    }
    return result
  }
}
