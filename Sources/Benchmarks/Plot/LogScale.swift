#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A logarithmic axis: a range of values in whole powers of ten, laid out over a range of positions.
///
///     let scale = LogScale(covering: [840, 1200], from: 300, to: 0)
///     scale.decades       // 2...4: from 100 to 10,000
///     scale.position(1000)  // 150
struct LogScale: Equatable {
  /// The powers of ten where it begins and ends.
  let decades: ClosedRange<Int>
  let start: Double
  let end: Double

  /// The narrowest scale with all `values` on it, which have to be positive; at least one decade wide.
  ///
  /// - Parameters:
  ///   - start: The position of the least value; may be greater than `end`, as pictures count downwards.
  ///   - end: The position of the greatest value.
  init(covering values: some Sequence<Double>, from start: Double, to end: Double) {
    let logarithms = values.map { log10($0) }
    let lowest = Int((logarithms.min() ?? 0).rounded(.down))
    let highest = Int((logarithms.max() ?? 0).rounded(.up))
    decades = lowest...max(highest, lowest + 1)
    self.start = start
    self.end = end
  }

  func position(_ value: Double) -> Double {
    let width = Double(decades.upperBound - decades.lowerBound)
    return start + (log10(value) - Double(decades.lowerBound)) / width * (end - start)
  }

  /// A power of ten for each line of the grid.
  var ticks: [Double] { decades.map { pow(10, Double($0)) } }

  var least: Double { pow(10, Double(decades.lowerBound)) }
  var greatest: Double { pow(10, Double(decades.upperBound)) }
}
