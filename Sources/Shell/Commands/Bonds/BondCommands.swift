internal import Supervision

/// Links and monitors, by hand.
enum BondCommands {
  static let all = [own, monitor, demonitor, link, unlink, trap, send]

  private static let own = Command(
    "self", .bonds, "print the PID of the shell's own process",
    details: """
      The process that `monitor`, `link` and `trap` speak for, and that `send self` reaches. It ends
      with what it is linked to, unless it traps exits; the next command that needs one makes another.
      """,
    examples: ["self"]
  ) { session, _ in
    CommandResult(try await session.ownProcess().pid.description)
  }

  private static let monitor = Command(
    "monitor", .bonds, usage: "TARGET", "be told when a process ends",
    details: """
      The shell's own process monitors it. Its end is printed as a DOWN message, once for each
      monitor. Monitors go one way: the shell's end is nothing to the target.
      """,
    examples: [
      .init("monitor registry"),
      .init("monitor bucket shopping; kill bucket", after: "create shopping"),
    ],
    arguments: [.target, .free], arity: 1...2, acts: true
  ) { session, invocation in
    let pid = try await session.target(invocation.arguments[...])
    let own = try await session.ownProcess()
    let title = session.titled(pid)
    try await own.ref.call { .monitor(pid, title: title, $0) }
    return CommandResult(text: "monitoring \(title)", value: .string(pid.description))
  }

  private static let demonitor = Command(
    "demonitor", .bonds, usage: "TARGET", "no longer be told when a process ends",
    examples: [.init("demonitor registry", after: "monitor registry")],
    arguments: [.target, .free], arity: 1...2, acts: true
  ) { session, invocation in
    let pid = try await session.target(invocation.arguments[...])
    let own = try await session.ownProcess()
    let count = try await own.ref.call { .demonitor(pid, $0) }
    let title = session.titled(pid)
    return CommandResult(
      text: count == 0 ? "the shell does not monitor \(title)" : "no longer monitoring \(title)",
      value: .integer(Int64(count)))
  }

  private static let link = Command(
    "link", .bonds, usage: "TARGET [TARGET]", "let two processes share their fate",
    details: """
      With one TARGET, the shell's own process and that. When one of two linked processes ends for
      another reason than `normal`, so does the other, unless it traps exits. Links go both ways, and
      there is at most one between two processes.
      """,
    examples: [
      .init("link registry"),
      .init("link a b; kill a; buckets", after: "create a b"),
    ],
    arguments: [.target, .target, .free], arity: 1...4, acts: true
  ) { session, invocation in
    let pair = try await pair(session, invocation)
    if pair.second == nil {
      try await session.ownProcess().ref.call { .link(pair.first, $0) }
    } else {
      try await bond(pair, in: session) { try $0.link($1) }
    }
    return CommandResult(text: "\(try await names(pair, session)) are linked")
  }

  private static let unlink = Command(
    "unlink", .bonds, usage: "TARGET [TARGET]", "let two processes no longer share their fate",
    examples: [.init("unlink a b", after: "create a b; link a b")],
    arguments: [.target, .target, .free], arity: 1...4, acts: true
  ) { session, invocation in
    let pair = try await pair(session, invocation)
    if pair.second == nil {
      try await session.ownProcess().ref.call { .unlink(pair.first, $0) }
    } else {
      try await bond(pair, in: session) { $0.unlink($1) }
    }
    return CommandResult(text: "\(try await names(pair, session)) are not linked")
  }

  private static let trap = Command(
    "trap", .bonds, usage: "on|off", "let the shell's process trap exit signals, or not",
    details: """
      With `on`, the end of something that it is linked to is printed as an EXIT message. With `off`,
      as at first, it is the end of the shell's process, too.
      """,
    examples: ["trap on", .init("trap on; link a; kill a", after: "create a")],
    arguments: [.choice(["on", "off"])], arity: 1...1, acts: true
  ) { session, invocation in
    let word = invocation.arguments[0]
    guard word == "on" || word == "off" else { throw invocation.command.usageError }
    try await session.ownProcess().ref.call { .trap(word == "on", $0) }
    return .done
  }

  private static let send = Command(
    "send", .bonds, usage: "TARGET TEXT", "send a process a plain message",
    details: """
      A server gets it beside its own messages and ignores what it does not know, as buckets and the
      registry do. The shell's own process prints it.
      """,
    examples: ["send self hello", "send registry 'what is this?'"],
    arguments: [.target, .free, .free], arity: 2...3, acts: true
  ) { session, invocation in
    let words = invocation.arguments
    let pid = try await session.target(words.dropLast())
    session.runtime.send(pid, words[words.count - 1])
    return .done
  }

  // MARK: Two processes

  private typealias Pair = (first: PID, second: PID?)

  private static func pair(_ session: Session, _ invocation: Invocation) async throws -> Pair {
    let words = invocation.arguments[...]
    let (count, first) = try await session.leadingTarget(words)
    let rest = words.dropFirst(count)
    guard !rest.isEmpty else { return (first, nil) }
    let second = try await session.target(rest)
    guard first != second else {
      throw CommandError.usage("a process can't be linked with itself: name two of them.")
    }
    let own = try await session.ownProcess().pid
    if first == own { return (second, nil) }
    return second == own ? (first, nil) : (first, second)
  }

  /// Has one of the two act, since a link is something a process does: the first that is a server.
  private static func bond(
    _ pair: Pair, in session: Session,
    _ act: @escaping @Sendable (ProcessContext, PID) throws -> Void
  ) async throws {
    guard let second = pair.second else { return }
    do {
      try await session.runtime.sys(pair.first).run { try act($0, second) }
    } catch is SysError {
      let first = pair.first
      try await session.runtime.sys(second).run { try act($0, first) }
    }
  }

  private static func names(_ pair: Pair, _ session: Session) async throws -> String {
    if let second = pair.second {
      return "\(session.titled(pair.first)) and \(session.titled(second))"
    }
    return "shell \(try await session.ownProcess().pid) and \(session.titled(pair.first))"
  }
}
