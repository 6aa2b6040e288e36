internal import Supervision

/// Commands that have to do with time.
enum TimingCommands {
  static let all = [after, wait, time, repeatCommand, watch]

  private static let after = Command(
    "after", .scripting, usage: "DURATION COMMAND…", "run a command some time later",
    details: """
      Returns at once. DURATION is a number with `ms`, `s` or `m`. What the command finds out is printed
      when it has run. It is forgotten when the shell ends first.
      """,
    examples: ["after 2s kill registry; wait 3s", "after 100ms buckets"],
    arguments: [.free, .commandLine], arity: 2...1000
  ) { session, invocation in
    let delay = try Duration.parse(invocation.arguments[0])
    let words = Array(invocation.arguments.dropFirst())
    // A mistake is to be heard of now, not later.
    _ = try session.table.call(words)
    let source = Array(words.map(Lexer.quote).joined(separator: " ").utf8)[...]
    let line = invocation.line
    _ = session.runtime.schedule(after: delay) {
      session.runtime.spawnSilently(label: "after") { process in
        _ = await Evaluator(session: session, process: process)
          .evaluate(source, line: line, keepsGoing: false)
      }
    }
    return .done
  }

  private static let wait = Command(
    "wait", .scripting, usage: "DURATION", "let time pass",
    details: "In simulation it passes at once. To wait for something, use `wait-for`.",
    examples: ["wait 10ms"], arguments: [.free], arity: 1...1
  ) { _, invocation in
    try await invocation.rest(for: .parse(invocation.arguments[0]))
    return .done
  }

  private static let time = Command(
    "time", .scripting, usage: "COMMAND…", "run a command and say how long it took",
    details: """
      From its beginning until the system has settled, by the runtime's clock: in simulation that is
      virtual time.
      """,
    examples: [.init("time kill registry"), "time buckets"],
    arguments: [.commandLine], arity: 1...1000
  ) { session, invocation in
    let start = session.runtime.now
    let result = try await invocation.perform(invocation.arguments)
    let elapsed = session.runtime.now - start
    let line = "took \(elapsed.measured)"
    return CommandResult(
      text: result.text.map { $0.hasSuffix("\n") ? $0 + line : "\($0)\n\(line)" } ?? line,
      value: ["value": result.value, "seconds": .number(elapsed / .seconds(1))])
  }

  private static let repeatCommand = Command(
    "repeat", .scripting, usage: "N COMMAND…", "run a command so many times",
    details: "Stops at the first time that fails. Each time waits until the system has settled.",
    examples: ["repeat 3 kill registry", "repeat 2 start-child"],
    arguments: [.free, .commandLine], arity: 2...1000
  ) { session, invocation in
    let count = try Int.parse(invocation.arguments[0], 0...1_000_000_000, as: "repeat")
    let words = Array(invocation.arguments.dropFirst())
    // A mistake is to be heard of even where nothing is to be run.
    _ = try session.table.call(words)
    for _ in 0..<count {
      let result = try await invocation.perform(words)
      if let text = result.text { session.printer.note(text) }
      if session.printer.isClosed || session.isQuitting { break }
    }
    return CommandResult(value: .integer(Int64(count)))
  }

  private static let watch = Command(
    "watch", .inspection, usage: "COMMAND…", "run a command again and again, until ctrl-C",
    details: """
      Shows what it finds out, with the moment, always in the same place; events are printed above it.
      Where that is impossible (a pipe, TERM=dumb) prints it each time that it has changed. Without
      --times, only ctrl-C ends it.
      """,
    examples: ["watch --times 2 --every 10ms buckets"],
    options: [
      .init("every", "DURATION", "how long to rest in between (1s)"),
      .init("times", "N", "end after so many times"),
    ],
    arguments: [.commandLine], arity: 1...1000
  ) { session, invocation in
    let pause = try invocation.duration("every") ?? .seconds(1)
    let times = try invocation.number("times", 1...1_000_000_000)
    let printer = session.printer
    // Whatever is printed when it is over, a result or an error, stands below.
    defer { printer.keepShown() }
    var last: String?
    var count = 0
    while !printer.isClosed {
      let result = try await invocation.perform(invocation.arguments)
      let text = result.text ?? ""
      let moment = Timeline.moment(session.runtime.now)
      let block =
        printer.options.style.apply(.dim, to: "── \(moment) ──") + (text.isEmpty ? "" : "\n\(text)")
      if !printer.show(block), text != last {
        printer.note(block)
        printer.flush()
      }
      last = text
      count += 1
      if let times, count >= times { break }
      try await invocation.rest(for: pause)
    }
    return CommandResult(value: .integer(Int64(count)))
  }
}

extension Duration {
  /// A measured time in the unit that suits it: `850 µs`, `1.25 ms`, `3.20 s`.
  package var measured: String {
    let seconds = self / .seconds(1)
    func rounded(_ value: Double) -> String {
      let hundredths = Int64((value * 100).rounded())
      let fraction = hundredths % 100
      return "\(hundredths / 100)." + (fraction < 10 ? "0" : "") + "\(fraction)"
    }
    if seconds >= 1 { return rounded(seconds) + " s" }
    if seconds >= 0.001 { return rounded(seconds * 1000) + " ms" }
    return "\(Int64((seconds * 1_000_000).rounded())) µs"
  }
}
