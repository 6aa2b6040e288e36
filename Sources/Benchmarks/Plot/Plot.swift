/// What a picture of measurements shows: lines over a common horizontal axis, in panels side by side. A value;
/// `PlotSVG` draws it.
struct Plot: Equatable {
  struct Point: Equatable {
    let x: Double
    let y: Double
  }

  struct Series: Equatable {
    let label: String
    let points: [Point]
  }

  struct Panel: Equatable {
    let title: String
    let unit: Unit
    let series: [Series]
    /// Whether a dotted line shows how a cost rises that is proportional to the size.
    var hasGuide = false
  }

  enum Unit: Equatable {
    case nanoseconds, bytes

    /// A power of ten in words: `10 µs`, `1 kB`.
    func label(_ value: Double) -> String {
      let steps: [(Double, String)] =
        switch self {
        case .nanoseconds: [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")]
        case .bytes: [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")]
        }
      // A hair's breadth below is meant: powers of ten are computed.
      let step = steps.first { value >= $0.0 * 0.999 } ?? steps[steps.count - 1]
      return "\((value / step.0).short) \(step.1)"
    }
  }

  let title: String
  let xLabel: String
  let panels: [Panel]
}

extension Double {
  /// With at most one decimal: `12`, `0.5`.
  var short: String {
    let tenths = (self * 10).rounded() / 10
    return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
  }
}

extension Int {
  /// With commas: `1,000,000`.
  var grouped: String {
    var digits = Array("\(magnitude)")
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return (self < 0 ? "-" : "") + String(digits)
  }
}
