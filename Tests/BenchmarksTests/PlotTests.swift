import Supervision
import Testing

@testable import Benchmarks

@Suite struct LogScaleTests {
  @Test func `powers of ten lie at equal distances, downwards as well`() {
    let scale = LogScale(covering: [1200, 84_000], from: 400, to: 100)
    #expect(scale.decades == 3...5)
    #expect(scale.position(1000) == 400)
    #expect(abs(scale.position(10_000) - 250) < 0.001)
    #expect(abs(scale.position(100_000) - 100) < 0.001)
    #expect(scale.ticks.map { $0.rounded() } == [1000, 10_000, 100_000])
  }

  @Test func `one value, or values of one decade, still have a decade to lie on`() {
    #expect(LogScale(covering: [1000], from: 0, to: 1).decades == 3...4)
    #expect(LogScale(covering: [840, 900], from: 0, to: 1).decades == 2...3)
  }
}

@Suite struct PlotTests {
  @Test func `axes say their units in words`() {
    let rows: [(Plot.Unit, Double, String)] = [
      (.nanoseconds, 100, "100 ns"), (.nanoseconds, 1000, "1 µs"), (.nanoseconds, 1e7, "10 ms"),
      (.bytes, 10, "10 B"), (.bytes, 999.9999, "1 kB"), (.bytes, 1e6, "1 MB"),
    ]
    for (unit, value, label) in rows { #expect(unit.label(value) == label) }
    #expect(
      [0, 12, 999, 1000, 1_000_000, -12_345].map(\.grouped) == [
        "0", "12", "999", "1,000", "1,000,000", "-12,345",
      ])
  }

  private let plot = Plot(
    title: "a < b & c", xLabel: "processes",
    panels: [
      .init(
        title: "Time", unit: .nanoseconds,
        series: [
          .init(label: "start", points: [.init(x: 1000, y: 1000), .init(x: 10_000, y: 2000)]),
          .init(label: "stop", points: [.init(x: 1000, y: 9000), .init(x: 10_000, y: 9000)]),
        ], hasGuide: true),
      .init(
        title: "Memory", unit: .bytes,
        series: [.init(label: "bytes", points: [.init(x: 1000, y: 900)])]),
    ])

  @Test func `every line has its points, a mark for each, and a place in the legend`() {
    let svg = PlotSVG.draw(plot)
    let polylines = svg.split(separator: "\n").filter { $0.hasPrefix("<polyline") }
    #expect(polylines.count == 3)
    // The left edge is at 1,000, the right one at 10,000; upwards is 1 µs to 10 µs.
    #expect(polylines[0].contains(#"points="80,358 530,"#))
    let marks = svg.split(separator: "\n").filter { $0.hasPrefix(#"<path class="mark"#) }
    // Five points, three in the legend.
    #expect(marks.count == 8)
    for label in ["start", "stop", "bytes", "Time", "Memory", "processes", "10,000", "10 µs"] {
      #expect(svg.contains(">\(label)</text>"), "\(label) is missing")
    }
    #expect(svg.contains("a &lt; b &amp; c"))
    #expect(svg.contains("prefers-color-scheme: dark"))
  }

  @Test func `the picture is well formed: every element that is opened is closed`() {
    var open: [Substring] = []
    for piece in PlotSVG.draw(plot).split(separator: "<").dropFirst(0) {
      let tag = piece.prefix { $0 != ">" }
      if tag.hasSuffix("/") { continue }
      if tag.hasPrefix("/") {
        #expect(open.popLast() == tag.dropFirst())
      } else {
        open.append(tag.prefix { $0 != " " })
      }
    }
    #expect(open.isEmpty)
  }
}

@Suite struct GrowthLineTests {
  @Test func `a line is read as it was written`() {
    let line = GrowthLine(name: "start", size: 10_000, unit: .nanoseconds, each: 1834.25)
    #expect(line.description == #"{"growth":"start","size":10000,"ns_each":1834.3}"#)
    #expect(
      GrowthLine(line.description)
        == GrowthLine(name: "start", size: 10_000, unit: .nanoseconds, each: 1834.3))
    #expect(GrowthLine(#"{"growth":"bytes","size":1000,"bytes_each":840}"#)?.unit == .bytes)
  }

  @Test(arguments: [
    "", "{}", "start 1000 3", #"{"growth":"start","size":1000}"#,
    #"{"growth":"","size":1000,"ns_each":1}"#, #"{"growth":"a","size":0,"ns_each":1}"#,
    #"{"growth":"a","size":1000,"ns_each":nan}"#, #"{"growth":"a","size":1000,"ns_each":0}"#,
    #"{"bench":"ring","ops":1000,"ns":1}"#, #"{"growth":"a","size":"x","ns_each":1}"#,
  ])
  func `anything else is no line`(text: String) {
    #expect(GrowthLine(text) == nil)
  }

  @Test func `lines become series in the order of their sizes; others are left out`() throws {
    let lines = [
      GrowthLine(name: "start", size: 10_000, unit: .nanoseconds, each: 2000),
      GrowthLine(name: "start", size: 1000, unit: .nanoseconds, each: 1000),
      GrowthLine(name: "something", size: 1000, unit: .nanoseconds, each: 1),
      GrowthLine(name: "bytes", size: 1000, unit: .bytes, each: 900),
    ]
    let plot = try #require(GrowthPlot.plot(lines))
    #expect(plot.panels.map(\.unit) == [.nanoseconds, .bytes])
    #expect(plot.panels[0].series.map(\.label) == ["start"])
    #expect(
      plot.panels[0].series[0].points == [.init(x: 1000, y: 1000), .init(x: 10_000, y: 2000)])
    #expect(GrowthPlot.plot([lines[2]]) == nil)
  }
}

@Suite struct GrowthTests {
  @Test func `sizes go by tens as far as the scale, and begin with a thousand`() {
    #expect(Growth.sizes(scale: 0.0001) == [1000])
    #expect(Growth.sizes(scale: 0.1) == [1000, 10_000, 100_000])
    #expect(Growth.sizes(scale: 1) == [1000, 10_000, 100_000, 1_000_000])
  }

  @Test func `names differ, and each line is measured at every size`() async throws {
    #expect(Set(Growth.all.map(\.name)).count == Growth.all.count)
    let dynamic = try #require(Growth.all.first { $0.name == "dynamic" })
    let lines = try await dynamic.measure(50, .init())
    #expect(lines.map(\.name) == ["start", "bytes", "stop"])
    // What is allocated counts for the whole program, and other tests run beside this one.
    #expect(lines.allSatisfy { $0.size == 50 && ($0.unit == .bytes || $0.each > 0) })
  }

  @Test(arguments: Growth.all.map(\.name))
  func `every measurement runs to its end`(name: String) async throws {
    let growth = try #require(Growth.all.first { $0.name == name })
    let lines = try await growth.measure(600, .init())
    #expect(!lines.isEmpty)
  }
}
