public import Processes

/// A handle on a server: whom to reach, and what it understands.
///
/// Leads to one process, or to whoever bears a name at the time; then it survives restarts. A value
/// that can be stored and sent, also in messages, at no more cost than a PID.
public struct ServerRef<Message: Sendable>: Sendable {
  // In this order, without a gap: three words.
  public let destination: Destination
  @usableFromInline let runtimeNumber: UInt32

  /// The runtime of the process; one without processes when that was shut down.
  public var runtime: Runtime { RuntimeDirectory.find(runtimeNumber) }

  /// A handle on the process `pid`, which takes messages of this type.
  @inlinable
  public init(_ runtime: Runtime, pid: PID) {
    runtimeNumber = runtime.number
    destination = .pid(pid)
  }

  /// A handle on whoever bears `name` when it is used.
  public init(_ runtime: Runtime, name: any ProcessName) {
    runtimeNumber = runtime.number
    destination = name.destination
  }

  /// A handle on a process or a name.
  public init(_ runtime: Runtime, _ destination: Destination) {
    runtimeNumber = runtime.number
    self.destination = destination
  }

  /// The process it leads to now; nil for a name that nobody bears.
  public var pid: PID? {
    switch destination {
    case .pid(let pid): pid
    case .name(let name): runtime.whereis(name)
    case .via(let name): name.pid
    }
  }

  /// Sends a message with an address for the answer, and waits for the answer.
  ///
  ///     let bucket = try await registry.call { .lookup("shopping", $0) }
  ///
  /// - Parameters:
  ///   - timeout: How long to wait; nil, forever.
  ///   - message: Makes the message around the address.
  /// - Throws: `CallError` when there is no such process, when it ends before it answers, after
  ///   `timeout`, or when a server calls itself. `ProcessEnded` when the caller is ended meanwhile.
  /// - Note: Follows OTP's `gen_server:call/3`.
  @inlinable @inline(__always)
  public func call<Reply: Sendable>(
    timeout: Duration? = .seconds(5), _ message: (ReplyTo<Reply>) -> Message
  ) async throws -> Reply {
    try await Runtime.call(destination, in: runtimeNumber, timeout: timeout, message)
  }

  /// Sends a message and does not wait. Nothing happens when there is no such process.
  ///
  /// - Note: Follows OTP's `gen_server:cast/2`.
  @inlinable
  public func cast(_ message: Message) {
    Runtime.send(message, to: destination, in: runtimeNumber)
  }

  /// Ends the server and waits until it has ended.
  ///
  /// - Throws: `CallError` when there is no such process, when it ends with another reason, or after
  ///   `timeout`.
  /// - Note: Follows OTP's `gen_server:stop/3`.
  public func stop(_ reason: ExitReason = .normal, timeout: Duration? = nil) async throws {
    try await Runtime.stop(destination, in: runtimeNumber, reason, timeout: timeout)
  }
}
