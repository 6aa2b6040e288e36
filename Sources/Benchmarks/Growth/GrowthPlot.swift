/// The picture in docs/growth.svg: what some of the growth measurements cost each process, against how many
/// there are.
enum GrowthPlot {
  /// What is drawn, by the names of the lines, and how the legend calls it.
  private static let times = [
    ("start", "start"), ("restart_one_for_all", "restart, one_for_all"),
    ("restart_one_for_one", "restart, one_for_one"), ("stop", "stop"),
    ("monitor", "monitor, end, hear of it"), ("whereis", "look up a name"),
  ]
  private static let sizes = [("bytes", "memory")]

  /// - Returns: Nil when none of the lines is one that is drawn.
  static func plot(_ lines: [GrowthLine]) -> Plot? {
    let panels = [
      Plot.Panel(
        title: "Time for each", unit: .nanoseconds, series: series(times, lines), hasGuide: true),
      Plot.Panel(title: "Memory of each", unit: .bytes, series: series(sizes, lines)),
    ].filter { !$0.series.isEmpty }
    guard !panels.isEmpty else { return nil }
    return Plot(
      title: "What a process costs among a thousand and among a million", xLabel: "processes",
      panels: panels)
  }

  private static func series(_ names: [(String, String)], _ lines: [GrowthLine]) -> [Plot.Series] {
    names.compactMap { name, label in
      let points = lines.filter { $0.name == name }.sorted { $0.size < $1.size }
        .map { Plot.Point(x: Double($0.size), y: $0.each) }
      return points.isEmpty ? nil : Plot.Series(label: label, points: points)
    }
  }
}
