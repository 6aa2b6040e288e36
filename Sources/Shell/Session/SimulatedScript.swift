internal import Supervision

/// A script in the simulated scheduler: one thread, virtual time, an order drawn from a seed.
///
/// Equal seeds give equal transcripts, byte for byte. Each run has an application and a runtime of its
/// own.
package struct SimulatedScript: Sendable {
  package let makeApplication: @Sendable () -> any ShellApplication
  package let input: [UInt8]
  package let options: Printer.Options
  package let keepsGoing: Bool
  package let echoes: Bool

  package init(
    input: [UInt8], options: Printer.Options, keepsGoing: Bool, echoes: Bool,
    makeApplication: @escaping @Sendable () -> any ShellApplication
  ) {
    self.input = input
    self.options = options
    self.keepsGoing = keepsGoing
    self.echoes = echoes
    self.makeApplication = makeApplication
  }

  /// Runs the script once.
  ///
  /// - Returns: Whether every command succeeded.
  package func run(seed: UInt64, sink: any Printer.Sink) -> Bool {
    do {
      return try Simulation(seed: seed).run { runtime in
        let application = makeApplication()
        let printer = Printer(
          sink: sink, options: options, runtime: runtime, application: application)
        let session = Session(
          runtime: runtime, application: application, printer: printer, seed: seed)
        return await Script(
          session: session, source: .bytes(input), keepsGoing: keepsGoing, echoes: echoes
        ).run()
      }
    } catch {
      sink.flush()
      sink.error("error: the script can't be simulated: \(error)\n")
      sink.flush()
      return false
    }
  }

  /// Runs the script under one seed after the other, up to the first that makes it fail.
  ///
  /// - Returns: That seed with what was printed, output and errors in their order; nil when all passed.
  package func firstFailure(in seeds: ClosedRange<UInt64>) -> (seed: UInt64, transcript: String)? {
    for seed in seeds {
      let sink = MemorySink()
      if !run(seed: seed, sink: sink) { return (seed, sink.text) }
    }
    return nil
  }
}

/// Keeps what is printed.
package final class MemorySink: Printer.Sink {
  private let state = Locked((all: "", output: "", errors: ""))

  package init() {}

  /// Output and errors in the order of printing.
  package var text: String { state.withLock { $0.all } }
  package var outputText: String { state.withLock { $0.output } }
  package var errorText: String { state.withLock { $0.errors } }

  package func output(_ text: String) {
    state.withLock {
      $0.all += text
      $0.output += text
    }
  }

  package func error(_ text: String) {
    state.withLock {
      $0.all += text
      $0.errors += text
    }
  }

  package func flush() {}
  package var isClosed: Bool { false }
}
