import Supervision
import Testing

/// A server that does what each message says, and writes down what happens to it.
struct Puppet: GenServer {
  struct Message: Sendable {
    let act: @Sendable (inout Puppet, ProcessContext) async throws -> Next

    init(_ act: @escaping @Sendable (inout Puppet, ProcessContext) async throws -> Next) {
      self.act = act
    }
  }

  let log: Log
  var initial: @Sendable (ProcessContext) async throws -> Initial = { _ in .ok }
  /// Throws what replaces the reason.
  var ending: @Sendable (ExitReason) async throws -> Void = { _ in }
  var held: [ReplyTo<String>] = []

  init(_ log: Log) { self.log = log }

  func initialize(_ process: ProcessContext) async throws -> Initial {
    log("init")
    return try await initial(process)
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    try await message.act(&self, process)
  }

  mutating func handleContinue(
    _ continuation: Message, _ process: ProcessContext
  ) async throws -> Next {
    log("continue")
    return try await continuation.act(&self, process)
  }

  func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    switch info {
    case .message(let message): log("info \(message)")
    case .down(let down): log("down \(down.reason)")
    case .exit(let exit): log("exit \(exit.reason)")
    case .timeout: log("timeout")
    }
    return .receive
  }

  func terminate(_ reason: ExitReason, _ process: ProcessContext) async throws {
    log("terminate \(reason)")
    try await ending(reason)
  }
}

/// What a test has seen so far.
final class Log: Sendable {
  private let lines = Locked([String]())

  func callAsFunction(_ line: String) { lines.withLock { $0.append(line) } }

  /// What was written down since the last time.
  func take() -> [String] {
    lines.withLock { lines in
      defer { lines = [] }
      return lines
    }
  }
}

extension Puppet {
  static func start(
    in runtime: Runtime, name: String? = nil, timeout: Duration? = nil, _ log: Log,
    _ prepare: @escaping @Sendable (inout Puppet) -> Void = { _ in }
  ) async throws -> ServerRef<Message> {
    try await start(in: runtime, name: name, timeout: timeout) { _ in
      var puppet = Puppet(log)
      prepare(&puppet)
      return puppet
    }
  }

  static func startLinked(
    by starter: ProcessContext, timeout: Duration? = nil, _ log: Log,
    _ prepare: @escaping @Sendable (inout Puppet) -> Void = { _ in }
  ) async throws -> ServerRef<Message> {
    try await startLinked(by: starter, timeout: timeout) { _ in
      var puppet = Puppet(log)
      prepare(&puppet)
      return puppet
    }
  }
}

extension ServerRef<Puppet.Message> {
  /// Calls with an act that gets the reply address.
  // Callers outside of the runtime share two threads with all tests, and may come to their turn late.
  func ask(
    timeout: Duration? = .seconds(60),
    _ act:
      @escaping @Sendable (inout Puppet, ProcessContext, ReplyTo<String>) async throws ->
      Puppet.Next
  ) async throws -> String {
    try await call(timeout: timeout) { reply in
      .init { puppet, process in try await act(&puppet, process, reply) }
    }
  }

  func tell(
    _ act: @escaping @Sendable (inout Puppet, ProcessContext) async throws -> Puppet.Next
  ) {
    cast(.init(act))
  }

  /// What a call fails with.
  func failure(
    timeout: Duration? = .seconds(60),
    _ act:
      @escaping @Sendable (inout Puppet, ProcessContext, ReplyTo<String>) async throws ->
      Puppet.Next
  ) async -> ExitReason? {
    do {
      _ = try await ask(timeout: timeout, act)
      return nil
    } catch {
      return ExitReason(escaping: error)
    }
  }
}

struct Boom: Error, CustomStringConvertible {
  var description: String { "boom" }
}

extension ServerRef {
  var process: PID {
    get throws { try #require(pid) }
  }
}
