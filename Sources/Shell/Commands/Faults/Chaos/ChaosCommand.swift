internal import Processes
internal import Supervision

/// Kills at random, repeatably.
enum ChaosCommand {
  static let chaos = Command(
    "chaos", .faults, "kill processes at random, and sum up what that did",
    details: """
      All processes of the tree but its root may be hit, or only those that --targets names: names,
      labels or the application's own words, separated by commas. When a supervisor has given up and
      the application has stopped, it is started again, and that outage is counted. Succeeds, whatever
      falls. ctrl-C ends it, and sums up what was done so far.

      The seed decides who is hit; without one it is drawn, and told. In simulation it is the
      simulation's, the schedule follows as well, and time is virtual.
      """,
    examples: [
      .init("chaos --for 1s --rate 5 --seed 7", after: "create a b c"),
      .init("chaos --for 500ms --rate 10 --targets registry,a", after: "create a b c"),
    ],
    options: [
      .init("rate", "R", "kills per second (1)"),
      .init("for", "DURATION", "how long (10s)"),
      .init("seed", "N", "the same number, the same choices"),
      .init("targets", "NAME,…", "whom to hit"),
    ]
  ) { session, invocation in
    let plan = try Plan(invocation, session)
    if !plan.targets.isEmpty, session.notRunning == nil, plan.candidates(in: session).isEmpty {
      throw CommandError.unknownTarget(
        "none of the targets is a process below the root: `tree` shows who is.")
    }
    let ledger = Locked(
      ChaosLedger(
        startingAt: session.runtime.now, after: session.runtime.events.lastNumber))
    let sumUp = { @Sendable () -> ChaosSummary in
      ledger.withLock { ledger in
        ledger.read(session.runtime.events)
        return ledger.summary(at: session.runtime.now)
      }
    }
    var choices = ChaosChoices(seed: plan.seed)
    let process = try invocation.process
    session.leaveLastWords(by: process.pid) {
      sumUp().text(seed: plan.seed, application: session.application)
    }
    var next = session.runtime.now
    let end = next + plan.duration
    next += plan.pause
    while next <= end, !session.printer.isClosed {
      let rest = next - session.runtime.now
      if rest > .zero { try await invocation.rest(for: rest) }
      // Interrupted while the system was busy: code of the dead must not kill.
      _ = try invocation.process
      next += plan.pause
      if let victim = choices.pick(from: plan.candidates(in: session)) {
        ledger.withLock { $0.noteKill(of: victim.title) }
        process.cause = session.emitCommand(
          "chaos: kill \(victim.title.shown) \(victim.pid)", line: invocation.line)
        session.runtime.exit(victim.pid, .kill)
      }
      // As long as it takes, but not longer than until the next.
      await session.runtime.settle(timeout: max(.milliseconds(1), next - session.runtime.now))
      if session.notRunning != nil {
        process.cause = session.emitCommand("chaos: start", line: invocation.line)
        session.printer.printEvents()
        try await session.start()
        if session.printer.options.showsEvents {
          session.printer.note("  ▸ \(session.application.name) is started again")
        }
      }
      ledger.withLock { $0.read(session.runtime.events) }
      session.printer.printEvents()
    }
    await session.runtime.settle(timeout: .seconds(5))
    session.printer.printEvents()
    let summary = sumUp()
    return CommandResult(
      text: summary.text(seed: plan.seed, application: session.application),
      value: summary.json(seed: plan.seed))
  }

  /// What was asked for.
  private struct Plan {
    let pause: Duration
    let duration: Duration
    let seed: UInt64
    let targets: [EventTarget]

    init(_ invocation: Invocation, _ session: Session) throws(CommandError) {
      let rate = invocation.value("rate") ?? "1"
      guard let rate = Double(rate), rate >= 0.001, rate <= 10_000 else {
        throw .usage("--rate takes kills per second, from 0.001 to 10000, not `\(rate.shown)`.")
      }
      // In whole nanoseconds, as clocks count: a third of a second would never quite be over.
      pause = .nanoseconds(Int64((1_000_000_000 / rate).rounded()))
      duration = try invocation.duration("for") ?? .seconds(10)
      if let text = invocation.value("seed") {
        guard let seed = UInt64(text) else {
          throw .usage("--seed takes a whole number, not `\(text.shown)`.")
        }
        self.seed = seed
      } else {
        seed = session.seed ?? UInt64.random(in: 0..<1_000_000)
      }
      var targets: [EventTarget] = []
      let names = invocation.value("targets")?.split(separator: ",").map(String.init) ?? []
      for name in names { targets.append(try EventTarget([name][...], in: session)) }
      if invocation.has("targets"), targets.isEmpty {
        throw .usage("--targets takes names with commas between them: --targets registry,shopping.")
      }
      self.targets = targets
    }

    /// Who may be hit now, in the order of the tree.
    func candidates(in session: Session) -> [ProcessSnapshot] {
      var found: [ProcessSnapshot] = []
      // Those at the top without a supervisor that lives are fair game; the root is not.
      for process in session.treeModel.processes
      where process.status != .zombie && process.name != session.application.rootName {
        found.append(process)
      }
      return targets.isEmpty
        ? found : found.filter { process in targets.contains { $0.matches(process) } }
    }
  }
}

/// Who is hit: a number from the seed, by which equal trees give equal choices.
struct ChaosChoices {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func pick<Candidate>(from candidates: [Candidate]) -> Candidate? {
    guard !candidates.isEmpty else { return nil }
    return candidates[Int.random(in: 0..<candidates.count, using: &generator)]
  }
}
