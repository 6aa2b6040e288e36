import Shell
import Supervision

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `shop`: a shell for the shop at a terminal, else a runner of the commands in its input.
@main
enum Main {
  static func main() throws {
    signal(SIGPIPE, SIG_IGN)
    let runtime = Runtime()
    let application = ShopApplication()
    var options = Printer.Options()
    if isatty(0) == 1, isatty(1) == 1 {
      options.style = Style(isColored: getenv("NO_COLOR") == nil)
      try Interactive(
        application: application, runtime: runtime, options: options, historyFile: nil
      ).run()
      _exit(0)
    }
    let printer = Printer(
      sink: StandardSink(), options: options, runtime: runtime, application: application)
    let session = Session(runtime: runtime, application: application, printer: printer)
    let script = Script(session: session, source: .descriptor(0), keepsGoing: false, echoes: false)
    // At once, without waiting for a thread that hangs.
    _exit(script.runBlocking() ? 0 : 1)
  }
}
