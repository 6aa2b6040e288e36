internal import NIOCore
internal import NIOPosix
internal import Processes
internal import Supervision

/// What outlives one listener: the token and the port.
///
/// When the listener's process is killed, the next one takes the same port, so that open pages find it again.
final class House: Sendable {
  let runtime: Runtime
  let token: String
  let desk: Desk
  private let options: ObserverServer.Options
  private let state = Locked(State())

  private struct State {
    var socket: Socket?
    var port: Int?
    var failure: ObserverServer.StartFailure?
  }

  init(_ runtime: Runtime, _ options: ObserverServer.Options) {
    self.runtime = runtime
    self.options = options
    token = options.token ?? Token.make()
    desk = Desk(runtime, options)
  }

  var url: String? {
    state.withLock { $0.port }.map {
      let host = Gatekeeper.isAny(options.host) ? "127.0.0.1" : options.host
      return "http://\(Gatekeeper.bracketed(host)):\($0)/\(token)/"
    }
  }

  /// Closes the socket, and forgets the port.
  func close() async {
    let socket = state.withLock { state in
      defer { (state.socket, state.port) = (nil, nil) }
      return state.socket
    }
    await socket?.close()
  }

  /// Why the last attempt to listen failed.
  func takeFailure() -> ObserverServer.StartFailure? {
    state.withLock { state in
      defer { state.failure = nil }
      return state.failure
    }
  }

  /// Listens, in place of whoever did before.
  func listen() async throws -> Socket {
    let old = state.withLock { state in
      defer { state.socket = nil }
      return state.socket
    }
    await old?.close()
    let port = state.withLock { $0.port } ?? options.port
    do {
      let socket = try await Socket.open(
        host: options.host, port: port, token: token, names: options.names, desk: desk,
        limits: options.limits)
      state.withLock { state in
        state.socket = socket
        state.port = socket.port
      }
      return socket
    } catch {
      let failure = ObserverServer.StartFailure.cannotListen(
        host: options.host, port: port, Self.reason(error))
      state.withLock { $0.failure = failure }
      throw ExitReason.custom("\(failure)")
    }
  }

  /// What the system said, without the function that it was said to.
  private static func reason(_ error: any Error) -> String {
    guard let error = error as? IOError else { return "\(error)" }
    return switch error.errnoCode {
    case 98, 48: "another program has the port"
    case 13: "this user may not have that port"
    case 99, 49: "this machine has no such address"
    default: "\(error)"
    }
  }
}
