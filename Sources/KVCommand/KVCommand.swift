import ArgumentParser
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

  static let configuration = CommandConfiguration(
    commandName: "kv",
    abstract: "A key-value store whose processes you can crash, and watch being restarted.",
    discussion: """
      At a terminal, kv is an interactive shell; otherwise it runs the commands of its input, of \
      SCRIPT or of -c, and ends. `kv -c help` lists the commands.

      Exit status: 0 when all commands succeeded, 1 when one failed, 2 for wrong arguments.
      """,
    version: "kv 0.1.0")

  @Option(name: .customShort("c"), help: ArgumentHelp("Run these commands.", valueName: "commands"))
  var commands: String?

  @Flag(help: "Print one JSON object a line: results, errors and events.")
  var json = false

  @Option(help: "Whether events are printed.")
  var events = Switch.on

  @Flag(help: "Go on after a command that failed.")
  var keepGoing = false

  @Flag(help: "Show each command of a script behind a prompt.")
  var echo = false

  @Flag(help: "Print without colours.")
  var noColor = false

  @Option(help: ArgumentHelp("Where entered lines are kept.", valueName: "file"))
  var history: String?

  @Option(help: "How many threads run processes; as many as processors by default.")
  var workers: Int?

  @Argument(help: "A file of commands; - for standard input.")
  var script: String?

  func validate() throws {
    if commands != nil, script != nil {
      throw ValidationError("-c and a script file exclude each other: give one of them.")
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
      let command = try parseAsRoot()
      guard var command = command as? KVCommand else {
        var other = command
        try other.run()
        endProgram(0)
      }
      endProgram(try command.runSession() ? 0 : 1)
    } catch {
      let isHelp = exitCode(for: error) == .success
      let text = fullMessage(for: error)
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
    let source: Script.Source
    if let commands {
      source = .text(commands)
    } else if let script, script != "-" {
      let descriptor = open(script, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw ValidationError("\(script) can't be read: \(String(cString: strerror(errno))).")
      }
      source = .descriptor(descriptor)
    } else {
      source = .descriptor(0)
    }
    let isInteractive =
      commands == nil && script == nil && !json && isatty(0) == 1 && isatty(1) == 1

    var configuration = Runtime.Configuration()
    if let workers { configuration.workers = workers }
    let runtime = Runtime(configuration)
    let application = KVApplication()
    var options = Printer.Options()
    options.isJSON = json
    options.showsEvents = events == .on
    options.style = Style(
      isColored: Style.shouldUseColor(
        isTerminal: isatty(1) == 1, environment: Environment.relevant,
        flag: noColor ? false : nil))

    if isInteractive {
      try Interactive(
        application: application, runtime: runtime, options: options, historyFile: history
      ).run()
      return true
    }
    let printer = Printer(
      sink: StandardSink(), options: options, runtime: runtime, application: application)
    let session = Session(runtime: runtime, application: application, printer: printer)
    Termination.stopOnSignals(session)
    return Script(session: session, source: source, keepsGoing: keepGoing, echoes: echo).run()
  }
}

/// Ends the program at once, without waiting for any thread: one may hang in a handler.
private func endProgram(_ status: Int32) -> Never {
  _exit(status)
}

/// The variables that decide about colours.
private enum Environment {
  static var relevant: [String: String] {
    var values: [String: String] = [:]
    for name in ["NO_COLOR", "TERM"] {
      if let value = getenv(name) { values[name] = String(cString: value) }
    }
    return values
  }
}
