internal import KV
package import Shell
internal import Supervision

/// The commands on buckets.
extension KVApplication {
  package var commands: [Command] {
    [create, put, get, delete, keys, buckets, use, lookup, startChild, variantCommand]
      + [observer.command(for: self)]
  }

  private var bucketNameArgument: Command.Argument {
    .live { [self] session, _ in bucketNames(in: session) }
  }

  /// A bucket's name, or a key of the current bucket.
  private var bucketOrKeyArgument: Command.Argument {
    .live { [self] session, _ in
      bucketNames(in: session) + keys(of: currentBucket, in: session)
    }
  }

  /// A key of the bucket that the word before names.
  private var keyArgument: Command.Argument {
    .live { [self] session, words in keys(of: words.last, in: session) }
  }

  /// The keys of a bucket for completion; none when it has no time.
  private func keys(of name: String?, in session: Session) -> [String] {
    guard let name, let registry = session.runtime.whereis(Tree.registry),
      let bucket = session.runtime.snapshot.first(where: {
        $0.label == name && $0.monitoredBy.contains(registry)
      }), bucket.status == .idle
    else { return [] }
    return session.ask(upTo: .milliseconds(200)) {
      try await Bucket(session.runtime, pid: bucket.pid).keys()
    } ?? []
  }

  private static let aboutTheBucket =
    "Without BUCKET, in the current one: the last that `create` made or `use` chose."

  private var create: Command {
    Command(
      "create", .application, usage: "NAME…", "make buckets; the last becomes the current one",
      details: "A bucket that exists already stays as it is.",
      examples: ["create shopping", "create a b c"], arguments: [.free], arity: 1...1000,
      acts: true
    ) { [self] session, invocation in
      if let stopped = session.notRunning { throw stopped }
      var lines: [String] = []
      var last: PID?
      for name in invocation.arguments {
        let existing = try await session.registry.pid(of: name)
        session.registry.create(name)
        guard let pid = try await session.registry.pid(of: name) else {
          throw CommandError(
            "start_failed", "\(Sanitizer.sanitize(name)) could not be made. `events on` shows why.")
        }
        let verb = existing == nil ? "is" : "exists already, as"
        lines.append("\(Sanitizer.sanitize(name)) \(verb) \(pid)")
        last = pid
      }
      currentBucket = invocation.arguments.last
      return CommandResult(
        text: lines.joined(separator: "\n"), value: .string(orNull: last?.description))
    }
  }

  private var put: Command {
    Command(
      "put", .application, usage: "[BUCKET] KEY VALUE", "store a value",
      details: Self.aboutTheBucket + " A value with spaces is quoted.",
      examples: [
        .init("put eggs 3", after: "create shopping"),
        .init("put shopping eggs 'half a dozen'", after: "create shopping"),
      ], arguments: [bucketOrKeyArgument, keyArgument, .free],
      arity: 2...3, acts: true
    ) { [self] session, invocation in
      let (name, words) = Self.split(invocation.arguments, 2)
      try await bucket(name, in: session).put(words[0], words[1])
      return .done
    }
  }

  private var get: Command {
    Command(
      "get", .application, usage: "[BUCKET] KEY", "print a value", details: Self.aboutTheBucket,
      examples: [
        .init("get eggs", after: "create shopping"),
        .init("get shopping eggs", after: "create shopping; put eggs 3"),
      ], arguments: [bucketOrKeyArgument, keyArgument, .free],
      arity: 1...2
    ) { [self] session, invocation in
      let (name, words) = Self.split(invocation.arguments, 1)
      let value = try await bucket(name, in: session).get(words[0])
      return CommandResult(
        text: value ?? "nothing is stored under \(Sanitizer.sanitize(words[0]))",
        value: .string(orNull: value))
    }
  }

  private var delete: Command {
    Command(
      "delete", .application, usage: "[BUCKET] KEY", "remove a key and print what it held",
      details: Self.aboutTheBucket,
      examples: [
        .init("delete eggs", after: "create shopping"),
        .init("delete shopping eggs", after: "create shopping; put eggs 3"),
      ], arguments: [bucketOrKeyArgument, keyArgument, .free],
      arity: 1...2, acts: true
    ) { [self] session, invocation in
      let (name, words) = Self.split(invocation.arguments, 1)
      let value = try await bucket(name, in: session).delete(words[0])
      return CommandResult(
        text: value ?? "nothing is stored under \(Sanitizer.sanitize(words[0]))",
        value: .string(orNull: value))
    }
  }

  private var keys: Command {
    Command(
      "keys", .application, usage: "[BUCKET]", "list the keys of a bucket",
      details: Self.aboutTheBucket,
      examples: [
        .init("keys", after: "create shopping"),
        .init("keys shopping", after: "create shopping; put eggs 3"),
      ], arguments: [bucketNameArgument], arity: 0...1
    ) { [self] session, invocation in
      Self.list(try await bucket(invocation.arguments.first, in: session).keys())
    }
  }

  private var buckets: Command {
    Command("buckets", .application, "list the buckets by name", examples: ["buckets"]) {
      session, _ in
      if let stopped = session.notRunning { throw stopped }
      return Self.list(try await session.registry.names())
    }
  }

  private var use: Command {
    Command(
      "use", .application, usage: "NAME", "make a bucket the current one",
      examples: [.init("use shopping", after: "create shopping garden")],
      arguments: [bucketNameArgument], arity: 1...1
    ) { [self] session, invocation in
      _ = try await bucketPID(invocation.arguments[0], in: session)
      currentBucket = invocation.arguments[0]
      return .done
    }
  }

  private var lookup: Command {
    Command(
      "lookup", .application, usage: "NAME", "print the PID of a bucket",
      examples: [.init("lookup shopping", after: "create shopping")],
      arguments: [bucketNameArgument], arity: 1...1
    ) { [self] session, invocation in
      let pid = try await bucketPID(invocation.arguments[0], in: session)
      return CommandResult(text: pid.description, value: .string(pid.description))
    }
  }

  private var startChild: Command {
    Command(
      "start-child", .application, "make a bucket that no name reaches",
      details:
        "Under the bucket supervisor, as in the guide. `put` and `get` take its PID for a bucket.",
      examples: ["start-child"], acts: true
    ) { session, _ in
      if let stopped = session.notRunning { throw stopped }
      let buckets = DynamicSupervisor(session.runtime, name: Tree.bucketSupervisor)
      let pid = try await session.limited(waitingFor: buckets.pid) {
        try await buckets.startChild(Bucket.childSpec())
      }
      return CommandResult(text: pid.description, value: .string(pid.description))
    }
  }

  /// The bucket's name, if there is one word more than needed, and the rest.
  private static func split(_ words: [String], _ needed: Int) -> (String?, [String]) {
    words.count > needed ? (words[0], Array(words.dropFirst())) : (nil, words)
  }

  private static func list(_ names: [String]) -> CommandResult {
    CommandResult(
      text: names.isEmpty ? nil : names.map(Sanitizer.sanitize).joined(separator: "\n"),
      value: .array(names.map { .string($0) }))
  }
}
