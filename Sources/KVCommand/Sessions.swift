import KVShell
import Shell
import Supervision

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Sessions on threads and the system's clock.
enum Sessions {
  /// Runs a session to its end.
  ///
  /// - Returns: Whether all went well.
  static func run(
    _ source: Script.Source, _ options: Printer.Options, _ application: KVApplication,
    workers: Int? = nil, historyFile: String? = nil, isInteractive: Bool, keepsGoing: Bool = false,
    echoes: Bool = false, firstLine: String? = nil
  ) throws -> Bool {
    var configuration = Runtime.Configuration()
    if let workers { configuration.workers = workers }
    let runtime = Runtime(configuration)
    if isInteractive {
      try Interactive(
        application: application, runtime: runtime, options: options, historyFile: historyFile,
        firstLine: firstLine
      ).run()
      return true
    }
    let printer = Printer(
      sink: StandardSink(), options: options, runtime: runtime, application: application)
    let session = Session(runtime: runtime, application: application, printer: printer)
    Termination.stopOnSignals(session)
    return Script(session: session, source: source, keepsGoing: keepsGoing, echoes: echoes)
      .runBlocking()
  }

  static func style(noColor: Bool) -> Style {
    var environment: [String: String] = [:]
    for name in ["NO_COLOR", "TERM"] {
      if let value = getenv(name) { environment[name] = String(cString: value) }
    }
    return Style(
      isColored: Style.shouldUseColor(
        isTerminal: isatty(1) == 1, environment: environment, flag: noColor ? false : nil))
  }
}
