import ArgumentParser
import KVShell
import Shell

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `kv tour`: the guided walk, as the first thing in a session or all by itself.
struct TourSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kv tour", abstract: "A guided walk, step by step, in which you type.",
    discussion: """
      At a terminal it waits for you; with --auto, or in a pipe, the whole walk runs by itself, and \
      the exit status is 1 when a step is not as it is told. (A script of this name is ./tour.)
      """)

  @Flag(help: "Run the whole walk without waiting.")
  var auto = false

  @Flag(help: "Print without colours.")
  var noColor = false

  func runTour() throws -> Bool {
    var options = Printer.Options()
    options.style = Sessions.style(noColor: noColor)
    let isInteractive = !auto && isatty(0) == 1 && isatty(1) == 1
    if !isInteractive {
      // An error names the step; which line it stood in is of no interest.
      options.namesLines = false
    }
    return try Sessions.run(
      .text("tour --auto"), options, KVApplication(), isInteractive: isInteractive,
      firstLine: isInteractive ? "tour" : nil)
  }
}
