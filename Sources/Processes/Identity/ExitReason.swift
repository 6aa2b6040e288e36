/// Why a process ended.
///
/// Every process ends with exactly one reason. Links and monitors pass it on, supervisors decide by
/// it whether to restart. Throwing an `ExitReason` inside a process ends it with that reason (as
/// Erlang's `exit/1`); any other error that escapes becomes `.error`.
///
/// - Note: Follows Erlang's exit reasons; `description` is the one place that renders them.
public indirect enum ExitReason: Error, Hashable, Sendable {
  /// The process had nothing left to do. Linked processes don't notice.
  case normal
  /// Its supervisor, or somebody politely, asked it to end.
  case shutdown
  /// As `shutdown`, with the occasion: Erlang's `{shutdown, Term}`.
  case shutdownWith(ExitReason)
  /// The untrappable signal as it is sent. A process that receives it ends with `killed`; one that
  /// ends *itself* with `kill` passes an ordinary, trappable `kill` on to its links.
  case kill
  /// Ended by the untrappable signal.
  case killed
  /// There was no such process.
  case noProcess
  /// Something took longer than it was given.
  case timeout
  /// A process called itself and would have waited forever.
  case callingSelf
  /// An error escaped.
  case error(EscapedError)
  /// A call, a synchronous stop or the wait for a task failed, and the caller did not handle that.
  case callFailed(CallOperation, ExitReason)
  /// A supervisor could not start this child.
  case failedToStartChild(id: String, ExitReason)
  /// A supervisor's list of children makes no sense.
  case startSpec(ExitReason)
  /// The name is taken by this process.
  case alreadyStarted(PID)
  /// A word of the application's own.
  case custom(String)

  /// An operation that waits for another process.
  public enum CallOperation: String, Hashable, Sendable {
    case call, stop
    /// Of a task: one value, or a stream of them.
    case await, stream
    /// A question about a server itself: see `Sys` in Supervision.
    case sys
  }

  /// The reason for which a process ends that `error` escapes from.
  public init(escaping error: any Error) {
    switch error {
    case let reason as ExitReason: self = reason
    case let convertible as any ExitReasonConvertible: self = convertible.exitReason
    default: self = .error(EscapedError(error))
    }
  }

  /// Whether supervisors take the end for an orderly one: `normal`, `shutdown`, `shutdown:…`.
  ///
  /// A transient child that ends so is not restarted.
  public var isOrderly: Bool {
    switch self {
    case .normal, .shutdown, .shutdownWith: true
    default: false
    }
  }

  /// The reason that `word` stands for: `normal`, `shutdown`, `kill`, `killed`, `noproc`,
  /// `timeout`; any other word is a custom reason.
  public init(word: String) {
    switch word {
    case "normal": self = .normal
    case "shutdown": self = .shutdown
    case "kill": self = .kill
    case "killed": self = .killed
    case "noproc": self = .noProcess
    case "timeout": self = .timeout
    case "calling_self": self = .callingSelf
    default: self = .custom(word)
    }
  }
}

/// An error that knows which exit reason it amounts to when it escapes from a process.
public protocol ExitReasonConvertible: Error {
  var exitReason: ExitReason { get }
}

/// What is kept of an error that escaped from a process: a value, so that reasons stay comparable.
public struct EscapedError: Hashable, Sendable {
  /// The error's Swift type, for example `DecodingError`.
  public var type: String
  /// What the error says of itself.
  public var message: String
  /// Where it was thrown, `file:line`, where that is known.
  public var origin: String?

  public init(type: String, message: String, origin: String? = nil) {
    self.type = type
    self.message = message
    self.origin = origin
  }

  /// The type of an error that nobody threw: see `Runtime.crash`.
  package static let injected = "InjectedFault"

  init(_ error: any Error) {
    self.init(type: String(describing: Swift.type(of: error)), message: String(describing: error))
  }
}

extension ExitReason: CustomStringConvertible {
  /// The reason in one word or a chain of words, as in `shutdown`, `error:boom`, `noproc@call`.
  public var description: String {
    switch self {
    case .normal: "normal"
    case .shutdown: "shutdown"
    case .shutdownWith(let detail): "shutdown:\(detail)"
    case .kill: "kill"
    case .killed: "killed"
    case .noProcess: "noproc"
    case .timeout: "timeout"
    case .callingSelf: "calling_self"
    case .error(let error): "error:\(error.message)"
    case .callFailed(let operation, let reason): "\(reason)@\(operation.rawValue)"
    case .failedToStartChild(let id, let reason): "failed_to_start_child:\(id):\(reason)"
    case .startSpec(let fault): "start_spec:\(fault)"
    case .alreadyStarted(let pid): "already_started:\(pid)"
    case .custom(let word): word
    }
  }
}
