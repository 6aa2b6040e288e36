public import Processes

/// A process that keeps a state and answers messages: the server of OTP.
///
/// Differs from an actor in being a process: it has a mailbox, a PID and perhaps a name, can be
/// linked, monitored, supervised and killed, and ends with a reason. Differs from `Agent` in giving
/// its messages names.
///
/// Messages are cases of the server's own type. A case that carries a `ReplyTo` is a call, any other
/// a cast:
///
///     struct Counter: GenServer {
///       enum Message: Sendable {
///         case increment
///         case value(ReplyTo<Int>)
///       }
///       var count = 0
///
///       mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
///         switch message {
///         case .increment: count += 1
///         case .value(let reply): reply(count)
///         }
///         return .receive
///       }
///     }
///
///     let counter = try await Counter.start(in: runtime) { _ in Counter() }
///     counter.cast(.increment)
///     let count = try await counter.call { .value($0) }   // 1
///
/// Everything runs in the server's process, one thing after the other. An error that escapes from any
/// function ends the server: `terminate` is run with the error as reason, then the process exits with
/// it. Throwing an `ExitReason` does the same with that reason, as Erlang's `exit/1`.
///
/// - Note: Follows OTP's `gen_server`.
public protocol GenServer: SendableMetatype {
  /// What others call and cast. Usually an enum.
  associatedtype Message: Sendable

  typealias Next = ServerNext<Message>
  typealias Initial = ServerInitial<Message>

  /// Prepares the server. Whoever starts it waits for the end of this. By default there is nothing to do.
  ///
  /// Write it with `async` when it has to wait for others, without when it need not: a start is several times
  /// as fast so.
  mutating func initialize(_ process: ProcessContext) async throws -> Initial

  /// The same without `async`: one function satisfies both. Not to be called or written beside an
  /// asynchronous one.
  mutating func initialize(_ process: ProcessContext) throws -> Initial

  /// Handles a call or a cast.
  ///
  /// Write it with `async` when it has to wait for others, without when it need not: most need not, and
  /// are several times as fast so.
  mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next

  /// The same without `async`: one function satisfies both. A server that has to wait for others with some
  /// messages only may have both: this one is asked first, and returns `.asynchronously` for what the other is
  /// to handle. Then both are to be written with `throws`, or the compiler can't tell which is which.
  mutating func handle(_ message: Message, _ process: ProcessContext) throws -> Next

  /// Handles what isn't of the server's own message type: the end of a monitored process, a trapped
  /// exit signal, a timeout, a plain message. Ignores it by default.
  mutating func handleInfo(_ info: Info, _ process: ProcessContext) async throws -> Next

  /// Goes on with what `.continue(with:)` put off, before the next message in the mailbox. By
  /// default does what `handle` does.
  mutating func handleContinue(
    _ continuation: Message, _ process: ProcessContext
  ) async throws -> Next

  /// Cleans up before the process ends with `reason`.
  ///
  /// Run when a function of the server said stop, threw, or somebody stopped it; when its parent sent
  /// an exit signal, only if the server traps exits. Not run for other exit signals, nor on `kill`.
  /// An error thrown here replaces the reason.
  mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) async throws

  /// Says what people are shown of the server: by `Sys.status`, by traces and logs of it, by shells.
  ///
  /// By default everything. A server that holds its users' data hides it here:
  ///
  ///     static func formatStatus(_ part: StatusPart<Bucket>) -> String {
  ///       switch part {
  ///       case .state(let bucket): "\(bucket.pairs.count) pairs"
  ///       case .message(.put(let key, _, _)): "put(\(key), …)"
  ///       case .reply: "…"
  ///       default: "\(part)"
  ///       }
  ///     }
  ///
  /// Hides nothing from code that knows the state's type and asks for it: see `Sys.state`.
  ///
  /// - Note: Follows OTP's `gen_server:format_status/1`.
  static func formatStatus(_ part: StatusPart<Self>) -> String
}

extension GenServer {
  public mutating func initialize(_ process: ProcessContext) async throws -> Initial {
    .asynchronously
  }

  @inlinable
  public mutating func initialize(_ process: ProcessContext) throws -> Initial { .asynchronously }

  @inlinable
  public mutating func handle(_ message: Message, _ process: ProcessContext) throws -> Next {
    .asynchronously
  }

  public mutating func handleInfo(_ info: Info, _ process: ProcessContext) async throws -> Next {
    .receive
  }

  public mutating func handleContinue(
    _ continuation: Message, _ process: ProcessContext
  ) async throws -> Next {
    let next = try handleNow(continuation, process)
    guard case .asynchronously = next.kind else { return next }
    return try await handle(continuation, process)
  }

  /// The handler without `async`, also for those who are asynchronous themselves.
  @inlinable
  mutating func handleNow(_ message: Message, _ process: ProcessContext) throws -> Next {
    try handle(message, process)
  }

  public mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) async throws {}

  public static func formatStatus(_ part: StatusPart<Self>) -> String { part.description }
}

/// What a server does after a message.
@frozen
public struct ServerNext<Message: Sendable>: Sendable {
  @usableFromInline
  enum Kind: Sendable {
    case receive
    case receiveWithin(Duration)
    case proceed(Message)
    case stop(ExitReason)
    case asynchronously
  }

  @usableFromInline let kind: Kind

  @inlinable
  init(kind: Kind) { self.kind = kind }

  /// Waits for the next message.
  @inlinable public static var receive: Self { Self(kind: .receive) }

  /// Nothing was done yet: the asynchronous `handle` is to do it.
  @inlinable public static var asynchronously: Self { Self(kind: .asynchronously) }

  /// Waits for the next message; when none comes in time, `handleInfo` gets `.timeout`. Any message
  /// ends the wait.
  public static func receive(within timeout: Duration) -> Self {
    Self(kind: .receiveWithin(timeout))
  }

  /// Goes on with `handleContinue` before the next message.
  public static func `continue`(with continuation: Message) -> Self {
    Self(kind: .proceed(continuation))
  }

  /// Ends the server: `terminate`, then exit.
  public static func stop(_ reason: ExitReason) -> Self { Self(kind: .stop(reason)) }
}

/// How a server's initialization went.
@frozen
public enum ServerInitial<Message: Sendable>: Sendable {
  /// It runs.
  case ok
  /// It runs, and does this first.
  case then(ServerNext<Message>)
  /// It is not wanted, and that is no error: start throws `StartError.ignored`.
  case ignore
  /// It cannot run.
  case stop(ExitReason)
  /// Nothing was done: for the asynchronous `initialize`, if the server has one. What the protocol's own
  /// functions return.
  case asynchronously
}

/// A server could not be started.
public enum StartError: ExitReasonConvertible, Hashable {
  /// Its initialization said that it isn't wanted.
  case ignored
  /// Its initialization failed or took longer than allowed.
  case failed(ExitReason)
  /// The name is taken.
  case alreadyStarted(PID)
  /// A dynamic supervisor has as many children as it may have.
  case limitReached(Int)
  /// A supervisor has a child of that `id` already, which runs or doesn't.
  case alreadyPresent(id: String, PID?)

  public var exitReason: ExitReason {
    switch self {
    case .ignored: .custom("ignore")
    case .failed(let reason): reason
    case .alreadyStarted(let pid): .alreadyStarted(pid)
    case .limitReached: .custom("max_children")
    case .alreadyPresent(_, let pid?): .alreadyStarted(pid)
    case .alreadyPresent: .custom("already_present")
    }
  }
}

extension StartError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .ignored: "not started: its initialization said that it isn't wanted"
    case .failed(let reason): "not started: \(reason)"
    case .alreadyStarted(let pid): "not started: \(pid) bears that name already"
    case .limitReached(let limit):
      "not started: the supervisor has as many children as it may have (\(limit)); end one first"
    case .alreadyPresent(let id, let pid?): "not started: child \(id) runs already as \(pid)"
    case .alreadyPresent(let id, nil):
      "not started: child \(id) exists but doesn't run; restart or delete it"
    }
  }
}
