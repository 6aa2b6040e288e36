import ArgumentParser
import KV
import KVShell
import Shell
import Supervision

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The program `kv`: its flags, and which kind of session they ask for.
@main
struct KVCommand: ParsableCommand {
  enum Switch: String, ExpressibleByArgument, CaseIterable { case on, off }

  private static let designs = Variant.allCases.map(\.rawValue).joined(separator: ", ")

  static let configuration = CommandConfiguration(
    commandName: "kv",
    abstract: "A key-value store whose processes you can crash, and watch being restarted.",
    discussion: """
      At a terminal, kv is an interactive shell; otherwise it runs the commands of its input, of \
      SCRIPT or of -c, and ends. `kv -c help` lists the commands.

      `kv tour` is a guided walk in which you type; `kv tour --auto` runs and checks it by itself.

      Exit status: 0 when all commands succeeded, 1 when one failed, 2 for wrong arguments, 128 and \
      the signal's number when a signal ended it.
      """,
    version: "kv 0.1.0")

  @Option(name: .customShort("c"), help: ArgumentHelp("Run these commands.", valueName: "commands"))
  var commands: String?

  @Flag(help: "Print one JSON object a line: results, errors and events.")
  var json = false

  @Option(help: "Whether events are printed.")
  var events = Switch.on

  @Option(
    help: ArgumentHelp(
      "In which of the guide's designs the application starts: "
        + "\(Self.designs). `kv -c variant` tells them apart.",
      valueName: "design"),
    transform: { word in
      guard let variant = Variant(rawValue: word) else {
        throw ValidationError("--variant takes one of \(designs).")
      }
      return variant
    })
  var variant = Variant.oneForAll

  @Flag(
    help: "Open the page for the browser at the start, and print its address (stderr in scripts).")
  var observer = false

  @Flag(help: "Go on after a command that failed.")
  var keepGoing = false

  @Flag(help: "Show each command of a script behind a prompt.")
  var echo = false

  @Flag(help: "Print without colours.")
  var noColor = false

  @Option(
    help: ArgumentHelp(
      "Where entered lines are kept (~/.local/state/kv/history).", valueName: "file"))
  var history: String?

  @Flag(help: "Run the script on one thread in virtual time, in an order that follows from --seed.")
  var simulate = false

  @Option(help: ArgumentHelp("The simulation's seed (0).", valueName: "n"))
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Simulate the script under each of these seeds, and print the first that fails.",
      valueName: "a..b"),
    transform: { try seedRange($0) })
  var seeds: ClosedRange<UInt64>?

  @Option(help: "How many threads run processes; as many as processors by default.")
  var workers: Int?

  @Flag(help: ArgumentHelp("Print the manual page.", visibility: .hidden))
  var manualPage = false

  @Argument(help: "A file of commands; - for standard input.")
  var script: String?

  private static func seedRange(_ text: String) throws -> ClosedRange<UInt64> {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].isEmpty, let first = UInt64(parts[0]),
      let last = UInt64(parts[2]), first <= last
    else { throw ValidationError("--seeds takes two numbers, the lesser first: --seeds 1..100.") }
    return first...last
  }

  func validate() throws {
    if seed != nil, seeds != nil {
      throw ValidationError("--seed and --seeds exclude each other: give one of them.")
    }
    if commands != nil, script != nil {
      throw ValidationError("-c and a script file exclude each other: give one of them.")
    }
    if observer, simulate || seed != nil || seeds != nil {
      throw ValidationError("a simulation has no page: leave out --observer.")
    }
    if let workers, !(1...1024).contains(workers) {
      throw ValidationError("--workers takes a number from 1 to 1024.")
    }
  }

  /// A script's exit status is no error of the argument parser's, so `main` ends the program itself.
  static func main() {
    // A reader that goes away is noticed when writing fails.
    signal(SIGPIPE, SIG_IGN)
    do {
      // Told apart here: the argument parser would take the word for the name of a script.
      if CommandLine.arguments.dropFirst().first == "tour" {
        let tour = try TourSubcommand.parse(Array(CommandLine.arguments.dropFirst(2)))
        endProgram(try tour.runTour() ? 0 : 1)
      }
      var command = try parse()
      if command.manualPage {
        let sink = StandardSink()
        sink.output(Manual.page)
        sink.flush()
        endProgram(0)
      }
      endProgram(try command.runSession() ? 0 : 1)
    } catch {
      let isTour = CommandLine.arguments.dropFirst().first == "tour"
      let isHelp = exitCode(for: error) == .success
      let text = isTour ? TourSubcommand.fullMessage(for: error) : fullMessage(for: error)
      let sink = StandardSink()
      if isHelp { sink.output(text + "\n") } else { sink.error(text + "\n") }
      sink.flush()
      endProgram(isHelp ? 0 : 2)
    }
  }

  /// Runs the session that the arguments ask for.
  ///
  /// - Returns: Whether all went well.
  private mutating func runSession() throws -> Bool {
    let source = try source()
    var options = Printer.Options()
    options.isJSON = json
    options.showsEvents = events == .on
    options.style = Sessions.style(noColor: noColor)
    if simulate || seed != nil || seeds != nil { return try runSimulated(source, options) }

    let isInteractive =
      commands == nil && script == nil && !json && isatty(0) == 1 && isatty(1) == 1
    var announcePage: (@Sendable (String) -> Void)?
    if observer, !isInteractive {
      announcePage = { url in
        let sink = StandardSink()
        sink.error("observer: \(url)\n")
        sink.flush()
      }
    }
    return try Sessions.run(
      source, options, KVApplication(variant: variant, announcePage: announcePage),
      workers: workers, historyFile: history, isInteractive: isInteractive,
      keepsGoing: keepGoing, echoes: echo,
      firstLine: observer && isInteractive ? "observer" : nil)
  }

  private func source() throws -> Script.Source {
    if let commands { return .text(commands) }
    guard let script, script != "-" else { return .descriptor(0) }
    let descriptor = open(script, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ValidationError("\(script) can't be read: \(String(cString: strerror(errno))).")
    }
    return .descriptor(descriptor)
  }

  private func runSimulated(_ source: Script.Source, _ options: Printer.Options) throws -> Bool {
    let input: [UInt8] =
      switch source {
      case .bytes(let bytes): bytes
      case .descriptor(let descriptor): try LineReader.allBytes(of: descriptor)
      }
    let variant = variant
    let script = SimulatedScript(
      input: input, options: options, keepsGoing: keepGoing, echoes: echo
    ) { KVApplication(variant: variant) }
    let sink = StandardSink()
    guard let seeds else { return script.run(seed: seed ?? 0, sink: sink) }
    defer { sink.flush() }
    guard let failure = script.firstFailure(in: seeds) else {
      sink.output("seeds \(seeds.lowerBound)..\(seeds.upperBound): the script passed under each\n")
      return true
    }
    sink.output(failure.transcript)
    sink.flush()
    sink.error(
      "error: the script failed under seed \(failure.seed); "
        + "--simulate --seed \(failure.seed) replays it.\n")
    return false
  }
}

/// Ends the program at once, without waiting for any thread: one may hang in a handler.
private func endProgram(_ status: Int32) -> Never {
  _exit(status)
}
