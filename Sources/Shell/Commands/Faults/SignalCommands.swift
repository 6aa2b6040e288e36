internal import Supervision

/// The ways to end a process, each as its own kind of death.
enum SignalCommands {
  static let all = [crash, kill, stop, exit]

  private static let crash = Command(
    "crash", .faults, usage: "TARGET [REASON]", "let a process fail by itself with an error",
    details: """
      As if its own code had thrown: a server cleans up and ends with the reason error:REASON.
      REASON is `boom` unless given.
      """,
    examples: [
      .init("crash bucket", after: "create shopping"),
      .init("crash bucket shopping oops", after: "create shopping"), "crash registry",
    ],
    arguments: [.target, .free, .free], arity: 1...3, acts: true
  ) { session, invocation in
    let words = invocation.arguments[...]
    let (count, pid) = try await session.leadingTarget(words)
    guard words.count <= count + 1 else { throw invocation.command.usageError }
    session.runtime.crash(pid, words.count > count ? words[count] : "boom")
    return .done
  }

  private static let kill = Command(
    "kill", .faults, usage: "TARGET", "end a process at once: no code can trap that",
    details: """
      It is dead to all others from that moment: it cleans nothing up, and its code, should it be in the
      middle of something, ends when that does. Its supervisor starts it again as its restart type says.
      """,
    examples: [
      "kill registry", .init("kill bucket shopping", after: "create shopping"),
      .init("kill $b", after: "create shopping; set b lookup shopping"),
    ],
    arguments: [.target, .free], arity: 1...2, acts: true
  ) { session, invocation in
    session.runtime.exit(try await session.target(invocation.arguments[...]), .kill)
    return .done
  }

  private static let stop = Command(
    "stop", .faults, usage: "TARGET [REASON]", "let a process end in order",
    details: """
      Waits until it has ended. REASON is `normal` unless given; whether a supervisor starts it
      again depends on the reason.
      """,
    examples: [
      .init("stop bucket", after: "create shopping"),
      .init("stop bucket shopping shutdown", after: "create shopping"),
    ],
    arguments: [.target, .free, .free], arity: 1...3, acts: true
  ) { session, invocation in
    let words = invocation.arguments[...]
    let (count, pid) = try await session.leadingTarget(words)
    guard words.count <= count + 1 else { throw invocation.command.usageError }
    try await session.runtime.stop(
      .pid(pid), words.count > count ? ExitReason(word: words[count]) : .normal,
      timeout: .seconds(5))
    return .done
  }

  private static let exit = Command(
    "exit", .faults, usage: "TARGET REASON", "send an exit signal",
    details: """
      `normal` is ignored by a process that doesn't trap exits, any other reason ends it, and
      `kill` ends every process. Bare `exit` leaves the shell.
      """,
    examples: [
      "exit registry shutdown", .init("exit bucket shopping oops", after: "create shopping"),
    ],
    arguments: [.target, .free, .free], arity: 2...3, acts: true
  ) { session, invocation in
    let words = invocation.arguments
    let pid = try await session.target(words.dropLast())
    session.runtime.exit(pid, ExitReason(word: words[words.count - 1]))
    return .done
  }
}
