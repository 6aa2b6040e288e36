import KV
import KVShell
import Shell

/// A script of `kv` run in this program, in simulation: the same seed, the same transcript.
struct Simulated {
  let succeeded: Bool
  /// Output and errors in the order of printing.
  let text: String
  let output: String
  let errors: String

  init(
    _ script: String, seed: UInt64 = 1, variant: Variant = .oneForAll, keepsGoing: Bool = true,
    echoes: Bool = false, isJSON: Bool = false
  ) {
    var options = Printer.Options()
    options.isJSON = isJSON
    let sink = MemorySink()
    succeeded = SimulatedScript(
      input: Array(script.utf8), options: options, keepsGoing: keepsGoing, echoes: echoes
    ) { KVApplication(variant: variant) }.run(seed: seed, sink: sink)
    text = sink.text
    output = sink.outputText
    errors = sink.errorText
  }

  var lines: [String] { text.split(separator: "\n").map(String.init) }
}
