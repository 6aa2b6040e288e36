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
      """)

  @Option(help: "The size: 1 means a million operations in most workloads.") var scale = 0.1
  @Option(help: "Run only these, by name, separated by commas.") var only: String?
  @Option(help: "How many threads run processes; as many as processors by default.")
  var workers: Int?
  @Flag(help: "Print the names of the workloads and what they measure.") var list = false

  func validate() throws {
    guard scale > 0, scale <= 100 else {
      throw ValidationError("--scale takes a number above 0, at most 100.")
    }
    if let workers, !(1...1024).contains(workers) {
      throw ValidationError("--workers takes a number from 1 to 1024.")
    }
    let known = Workload.all.flatMap(\.names)
    for name in chosen ?? [] where !known.contains(name) {
      throw ValidationError("There is no workload '\(name)'; --list names them all.")
    }
  }

  private var chosen: [String]? {
    only?.split(separator: ",").map(String.init)
  }

  func run() async throws {
    if list {
      for workload in Workload.all {
        print("\(workload.names.joined(separator: ", ")): \(workload.summary)")
      }
      return
    }
    for workload in Workload.all {
      if let chosen, !workload.names.contains(where: chosen.contains) { continue }
      var configuration = Runtime.Configuration()
      if let workers { configuration.workers = workers }
      let runtime = Runtime(configuration)
      defer { runtime.shutdown() }
      try await workload.run(.init(runtime: runtime, meter: Meter(), scale: scale))
    }
  }
}
