internal import ArgumentParser
import Supervision

/// Measures the runtime, and prints a line of JSON for each workload.
@main struct BenchmarksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks",
    abstract: "Measures the runtime; prints a line of JSON for each workload.",
    discussion: """
      Each line has the workload's name, how many operations there were, the nanoseconds they took \
      (ns by the wall clock, cpu_ns of the processors) and operations a second. The workloads that \
      Benchmarks/kv_peer.ex has, too, mean the same there. `make bench` runs both and compares.

      With --grow it measures what things cost each process among a thousand, ten thousand and so on: a \
      cost that stays the same grows linearly as a whole. `make growth` draws it.
      """)

  @Option(help: "The size: 1 means a million operations in most workloads.") var scale = 0.1
  @Option(help: "Run only these, by name, separated by commas.") var only: String?
  @Option(help: "How many threads run processes; as many as processors by default.")
  var workers: Int?
  @Flag(help: "Print the names of the workloads and what they measure.") var list = false
  @Flag(help: "Measure costs against size, from a thousand processes to --scale times a million.")
  var grow = false
  @Option(help: "Draw the lines of --grow in this file, as SVG.") var plot: String?

  func validate() throws {
    guard scale > 0, scale <= 100 else {
      throw ValidationError("--scale takes a number above 0, at most 100.")
    }
    if let workers, !(1...1024).contains(workers) {
      throw ValidationError("--workers takes a number from 1 to 1024.")
    }
    if plot != nil, grow || list || only != nil {
      throw ValidationError("--plot draws what was measured before: it goes with no other option.")
    }
    let known = grow ? Growth.all.map(\.name) : Workload.all.flatMap(\.names)
    for name in chosen ?? [] where !known.contains(name) {
      let kind = grow ? "growth measurement" : "workload"
      throw ValidationError(
        "There is no \(kind) '\(name)'; --list\(grow ? " --grow" : "") names them all.")
    }
  }

  private var chosen: [String]? {
    only?.split(separator: ",").map(String.init)
  }

  private var configuration: Runtime.Configuration {
    var configuration = Runtime.Configuration()
    if let workers { configuration.workers = workers }
    return configuration
  }

  func run() async throws {
    if let plot { return try draw(plot) }
    if list { return printList() }
    if grow { return try await measureGrowth() }
    for workload in Workload.all {
      if let chosen, !workload.names.contains(where: chosen.contains) { continue }
      let runtime = Runtime(configuration)
      defer { runtime.shutdown() }
      try await workload.run(.init(runtime: runtime, meter: Meter(), scale: scale))
    }
  }

  private func printList() {
    if grow {
      for growth in Growth.all { print("\(growth.name): \(growth.summary)") }
    } else {
      for workload in Workload.all {
        print("\(workload.names.joined(separator: ", ")): \(workload.summary)")
      }
    }
  }

  private func measureGrowth() async throws {
    for growth in Growth.all {
      if let chosen, !chosen.contains(growth.name) { continue }
      for size in Growth.sizes(scale: scale) where size <= growth.limit ?? .max {
        for line in try await growth.measure(size, configuration) {
          Meter.emit(line.description)
        }
      }
    }
  }

  private func draw(_ path: String) throws {
    let lines = try TextFile.lines(path)
    let measured = try lines.enumerated().map { index, text in
      guard let line = GrowthLine(text) else {
        throw ValidationError("\(path), line \(index + 1) is no line of --grow: \(text.prefix(80))")
      }
      return line
    }
    guard let plot = GrowthPlot.plot(measured) else {
      throw ValidationError("\(path) has no line that is drawn: `benchmarks --grow` prints them.")
    }
    print(PlotSVG.draw(plot), terminator: "")
  }
}
