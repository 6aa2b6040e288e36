/// A name under which a process can be started and found: Erlang's registered names, and those that lead
/// through something else ("via").
///
/// A `String` is a name of the runtime's own table. A `Registry` of the floor above makes names of its
/// keys.
public protocol ProcessName: Sendable, CustomStringConvertible {
  /// Gives a process the name, before it runs.
  ///
  /// - Throws: `RegistrationError.nameTaken` when a living process bears it.
  func register(_ pid: PID, in runtime: Runtime) throws(RegistrationError)

  /// Gives the name back, when it is this process's.
  func unregister(_ pid: PID, in runtime: Runtime)

  /// Whom to reach under this name, looked up at each use.
  var destination: Destination { get }
}

extension String: ProcessName {
  public func register(_ pid: PID, in runtime: Runtime) throws(RegistrationError) {
    try runtime.register(self, pid)
  }

  public func unregister(_ pid: PID, in runtime: Runtime) {
    if runtime.whereis(self) == pid { runtime.unregister(self) }
  }

  public var destination: Destination { .name(self) }
}

/// A name that leads through something else than the runtime's own table.
public struct ViaName: Sendable, Hashable, CustomStringConvertible {
  /// As errors and tables show it.
  public let description: String
  /// The object through which it leads: equal names of two of them mean different things.
  private let scope: ObjectIdentifier
  private let resolve: @Sendable () -> PID?

  /// - Parameters:
  ///   - description: Has to differ between names of one scope that mean different things.
  ///   - scope: The object through which it leads.
  ///   - resolve: Who bears the name now. Called by whoever sends, calls or looks; must be brief.
  public init(
    _ description: String, through scope: AnyObject, resolve: @escaping @Sendable () -> PID?
  ) {
    self.description = description
    self.scope = ObjectIdentifier(scope)
    self.resolve = resolve
  }

  /// Who bears the name now.
  public var pid: PID? { resolve() }

  public static func == (left: ViaName, right: ViaName) -> Bool {
    left.scope == right.scope && left.description == right.description
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
