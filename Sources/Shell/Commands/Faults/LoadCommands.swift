internal import Supervision

/// Faults that do not end a process: it hangs, is slow, is flooded, is suspended.
enum LoadCommands {
  static let all = [hang, slow, flood, suspend, resume]

  private static let hang = Command(
    "hang", .faults, usage: "TARGET [DURATION]", "keep a process in a handler that does not return",
    details: """
      The process stays in a handler, for DURATION or for good. Calls to it time out, and a supervisor
      that hangs is killed when it does not shut down in time. Killed, it is dead to all others at
      once, but its code takes no notice: a zombie, as `ps` shows.
      """,
    examples: [
      .init("hang bucket 50ms; get eggs", after: "create shopping; put eggs 3"),
      .init("hang registry; kill registry; ps"),
    ],
    arguments: [.target, .free, .free], arity: 1...3, acts: true
  ) { session, invocation in
    var words = invocation.arguments[...]
    var limit: Duration?
    // The last word first: `hang bucket 2s` means the current bucket, not one called 2s.
    if words.count > 1, let last = words.last, let duration = Duration(inWords: last) {
      limit = duration
      words.removeLast()
    }
    let (count, pid) = try await session.leadingTarget(words)
    if words.count > count {
      guard limit == nil, words.count == count + 1 else { throw invocation.command.usageError }
      limit = try .parse(words[words.startIndex + count])
    }
    let duration = limit
    let deafness = session.deafness
    try await session.runtime.sys(pid).run { process in
      let start = process.runtime.now
      do {
        // For a message that never comes: nobody has to wait for the system to settle.
        _ = try await process.receive(timeout: duration, where: { _ in nil as Int? })
      } catch {
        let rest = duration.map { $0 - (process.runtime.now - start) }
        await deafness.stay(for: rest, in: process.runtime)
        throw error
      }
    }
    let howLong = duration.map { "for \($0.inWords)" } ?? "until it is killed"
    return CommandResult(text: "\(session.titled(pid)) hangs \(howLong)")
  }

  private static let slow = Command(
    "slow", .faults, usage: "TARGET DURATION", "let a process take longer for each message",
    details:
      "From now on, DURATION more for each. `slow TARGET 0s` ends it, and so does a restart.",
    examples: [
      .init("slow bucket 20ms; time get eggs; slow bucket 0s", after: "create shopping; put eggs 3")
    ],
    arguments: [.target, .free, .free], arity: 2...3, acts: true
  ) { session, invocation in
    let words = invocation.arguments
    let pid = try await session.target(words.dropLast())
    let duration = try Duration.parse(words[words.count - 1])
    try await session.runtime.sys(pid).setDelay(duration == .zero ? nil : duration)
    return CommandResult(
      text: duration == .zero
        ? "\(session.titled(pid)) is as fast as it can be"
        : "\(session.titled(pid)) takes \(duration.inWords) more for each message")
  }

  private static let flood = Command(
    "flood", .faults, usage: "TARGET N", "send a process many messages at once",
    details: """
      Plain messages, which servers ignore, but have to take out of their mailbox one by one. Says how
      long that took, or how many are left after 5 seconds.
      """,
    examples: ["flood registry 1000", .init("flood bucket 1000", after: "create shopping")],
    arguments: [.target, .free, .free], arity: 2...3, acts: true
  ) { session, invocation in
    let words = invocation.arguments
    let pid = try await session.target(words.dropLast())
    let count = try Int.parse(words[words.count - 1], 1...10_000_000, as: "flood")
    let start = session.runtime.now
    for number in 1...count { session.runtime.send(pid, number) }
    let isDone = await session.runtime.settle(timeout: .seconds(5))
    let elapsed = session.runtime.now - start
    let left = session.runtime.snapshot(of: pid)?.mailboxLength ?? 0
    let messages = count == 1 ? "1 message" : "\(count) messages"
    let outcome =
      if left > 0 {
        "\(left) of \(messages) wait in the mailbox of \(session.titled(pid))"
      } else if isDone {
        "\(session.titled(pid)) has taken \(messages) in \(elapsed.measured)"
      } else {
        "\(session.titled(pid)) has taken \(messages)"
      }
    return CommandResult(
      text: outcome, value: ["sent": .integer(Int64(count)), "left": .integer(Int64(left))])
  }

  private static let suspend = Command(
    "suspend", .faults, usage: "TARGET", "let a server handle nothing until it is resumed",
    details: """
      It answers only questions about itself; all else waits in its mailbox, so calls to it time out.
      Unlike one that hangs it can still be stopped in order.
      """,
    examples: ["suspend registry; info registry; resume registry"],
    arguments: [.target, .free], arity: 1...2, acts: true
  ) { session, invocation in
    try await session.runtime.sys(session.target(invocation.arguments[...])).suspend()
    return .done
  }

  private static let resume = Command(
    "resume", .faults, usage: "TARGET", "let a suspended server go on",
    examples: [.init("resume registry", after: "suspend registry")],
    arguments: [.target, .free], arity: 1...2, acts: true
  ) { session, invocation in
    try await session.runtime.sys(session.target(invocation.arguments[...])).resume()
    return .done
  }
}
