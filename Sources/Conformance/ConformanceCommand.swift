internal import ArgumentParser

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Runs recorded scenarios, and prints what happened.
@main struct ConformanceCommand: AsyncParsableCommand {
  enum SchedulerName: String, ExpressibleByArgument, CaseIterable {
    case threads, simulated
  }

  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract: "Runs scenarios and prints their traces, to be compared with those of Erlang/OTP.",
    discussion: """
      Reads scenarios as lines of JSON from standard input, runs each from an empty system, and prints a \
      line with its trace. The format is defined in docs/conformance/FORMAT.md. Ends with 1 when a line \
      could not be run; the others are run all the same.

        conformance --scheduler simulated --seed 7 < Tests/ConformanceTests/Vectors/signals.jsonl
      """)

  @Option(
    help:
      "What runs the processes: \(SchedulerName.allCases.map(\.rawValue).joined(separator: " or "))."
  )
  var scheduler = SchedulerName.threads
  @Option(help: "From which the simulated schedule follows.") var seed: UInt64 = 0
  @Option(help: "How many threads run processes; as many as processors by default.")
  var workers: Int?
  @Option(help: "Run only the scenario of this name.") var only: String?

  func validate() throws {
    if let workers, !(1...1024).contains(workers) {
      throw ValidationError("--workers takes a number from 1 to 1024.")
    }
  }

  func run() async throws {
    let schedule: Schedule =
      switch scheduler {
      case .threads: .threads(workers: workers)
      case .simulated: .simulated(seed: seed)
      }
    var runner = LineRunner(schedule: schedule, only: only)
    while let line = readLine() {
      switch await runner.run(line) {
      case .trace(let trace): print(trace)
      case .nothing: break
      case .fault(let text): complain(text)
      }
    }
    if runner.hasFailed { throw ExitCode(1) }
  }

  private func complain(_ text: String) {
    let line = Array("conformance: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}
