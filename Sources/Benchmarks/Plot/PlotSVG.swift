/// A plot drawn as SVG, readable on light and dark pages: it brings its own background, and the colours of
/// what the reader's system prefers. Lines differ in their marks, too, not in colour alone.
struct PlotSVG {
  private static let (width, height) = (860.0, 470.0)
  /// The grid's upper and lower edge; the same in all panels.
  private static let (top, bottom) = (74.0, 358.0)
  private static let light = ["#0b62c4", "#c2410c", "#15803d", "#7c3aed", "#a1155b", "#57534e"]
  private static let dark = ["#6cb6ff", "#ff9b5e", "#6bd68a", "#c3a6ff", "#ff8fc0", "#d6d3d1"]

  private let plot: Plot
  private var lines: [String] = []

  /// The picture as a document of its own.
  static func draw(_ plot: Plot) -> String {
    var svg = PlotSVG(plot: plot)
    svg.draw()
    return svg.lines.joined(separator: "\n") + "\n"
  }

  private init(plot: Plot) { self.plot = plot }

  private mutating func draw() {
    let (width, height) = (Self.width.short, Self.height.short)
    lines.append(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" "
        + "width=\"\(width)\" height=\"\(height)\" role=\"img\">")
    lines.append("<title>\(Self.escaped(plot.title))</title>")
    lines.append(Self.style)
    lines.append("<rect class=\"page\" width=\"\(width)\" height=\"\(height)\" rx=\"8\"/>")
    text(plot.title, x: 24, y: 32, "heading")
    // The first panel is the widest: it has the most lines.
    var (left, color) = (80.0, 0)
    for (index, panel) in plot.panels.enumerated() {
      let panelWidth = index == 0 ? 450.0 : 200.0
      draw(panel, left: left, right: left + panelWidth, color: color)
      color += panel.series.count
      left += panelWidth + 84
    }
    drawLegend()
    lines.append("</svg>")
  }

  private mutating func draw(_ panel: Plot.Panel, left: Double, right: Double, color: Int) {
    let points = panel.series.flatMap(\.points)
    let x = LogScale(covering: points.map(\.x), from: left, to: right)
    let y = LogScale(covering: points.map(\.y), from: Self.bottom, to: Self.top)
    text(panel.title, x: left, y: Self.top - 14, "title")
    for tick in y.ticks {
      line(left, y.position(tick), right, y.position(tick), "grid")
      text(panel.unit.label(tick), x: left - 8, y: y.position(tick) + 4, "tick end")
    }
    for tick in x.ticks {
      line(x.position(tick), Self.top, x.position(tick), Self.bottom, "grid")
      text(Self.count(tick), x: x.position(tick), y: Self.bottom + 20, "tick middle")
    }
    text(plot.xLabel, x: (left + right) / 2, y: Self.bottom + 42, "tick middle")
    if panel.hasGuide { drawGuide(x, y) }
    for (offset, series) in panel.series.enumerated() {
      let path = series.points.map { "\(x.position($0.x).short),\(y.position($0.y).short)" }
      let number = color + offset
      lines.append(
        "<polyline class=\"line c\(number % Self.light.count)\" points=\"\(path.joined(separator: " "))\"/>"
      )
      for point in series.points { mark(number, x.position(point.x), y.position(point.y)) }
    }
  }

  /// From the lower left corner as far up as the panel goes.
  private mutating func drawGuide(_ x: LogScale, _ y: LogScale) {
    let rise = min(x.greatest / x.least, y.greatest / y.least)
    let (endX, endY) = (x.position(x.least * rise), y.position(y.least * rise))
    line(x.start, y.start, endX, endY, "guide")
    // Beside its beginning, where it is least likely to meet a line.
    text(
      "if the whole were quadratic", x: x.start + (endX - x.start) / 8 + 12,
      y: y.start + (endY - y.start) / 8 + 4, "tick")
  }

  private mutating func drawLegend() {
    let columns = 4
    for (number, series) in plot.panels.flatMap(\.series).enumerated() {
      let x = 36 + Double(number % columns) * 205
      let y = Self.bottom + 72 + Double(number / columns) * 24
      lines.append(
        "<path class=\"line c\(number % Self.light.count)\" d=\"M\((x - 12).short) \(y.short)h24\"/>"
      )
      mark(number, x, y)
      text(series.label, x: x + 20, y: y + 4, "label")
    }
  }

  // MARK: Pieces

  private mutating func text(_ text: String, x: Double, y: Double, _ classes: String) {
    lines.append(
      "<text class=\"\(classes)\" x=\"\(x.short)\" y=\"\(y.short)\">\(Self.escaped(text))</text>")
  }

  private mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ kind: String
  ) {
    lines.append(
      "<path class=\"\(kind)\" d=\"M\(x1.short) \(y1.short)L\(x2.short) \(y2.short)\"/>")
  }

  /// A shape of its own for each of the first four lines, then again.
  private mutating func mark(_ number: Int, _ x: Double, _ y: Double) {
    let shapes = ["a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "v-4h8v8h-8z", "l4 -5l4 5l-4 5z", "v4h8l-4 -8z"]
    lines.append(
      "<path class=\"mark c\(number % Self.light.count)\" d=\"M\((x - 4).short) \(y.short)"
        + "\(shapes[number % shapes.count])\"/>")
  }

  private static func count(_ value: Double) -> String { Int(value.rounded()).grouped }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
    return result
  }

  private static var style: String {
    func colors(_ list: [String]) -> String {
      list.enumerated().map { number, color in
        ".line.c\(number){stroke:\(color)}.mark.c\(number){fill:\(color)}"
      }.joined()
    }
    return """
      <style>
      text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328}
      .heading{font-size:17px;font-weight:600}.title{font-weight:600}.tick{font-size:12px;fill:#4d555e}
      .end{text-anchor:end}.middle{text-anchor:middle}
      .page{fill:#ffffff;stroke:#d0d7de}.grid{stroke:#d8dee4}.guide{stroke:#4d555e;stroke-dasharray:2 5}
      .line{fill:none;stroke-width:2}
      \(colors(light))
      @media (prefers-color-scheme: dark){
      text{fill:#e6edf3}.tick{fill:#a8b3be}
      .page{fill:#0d1117;stroke:#30363d}.grid{stroke:#2b323a}.guide{stroke:#a8b3be}
      \(colors(dark))
      }
      </style>
      """
  }
}
