public import Processes

/// Groups of processes by name: who is in a group is reached through it.
///
/// A process may be in many groups, and in one several times. A group exists while somebody is in it.
/// Differs from a `Registry` with duplicate keys in that there are no values, and in that a group can be
/// monitored.
///
///     let groups = ProcessGroups(runtime, name: "Rooms")
///     try await groups.start()                         // or under a supervisor: groups.childSpec()
///     try await groups.join("lobby", pid)
///     for member in groups.members(of: "lobby") { runtime.send(member, "hello") }
///
/// Members that died are never found. Joining and leaving wait for the scope's process, so that whoever
/// monitors hears of the changes in their order.
///
/// - Note: Follows OTP's `pg`.
public struct ProcessGroups: Sendable {
  /// Tells a process that monitors a group who came or went; arrives as a message.
  public struct Change: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
      case joined, left
    }

    public let group: String
    public let kind: Kind
    public let pid: PID
  }

  public let runtime: Runtime
  /// The scope: groups of equal names in different scopes have nothing to do with each other.
  public let name: String
  private let table = Locked(RegistryTable<String, Void>())

  /// Groups that are yet to be started, in a scope of this name.
  public init(_ runtime: Runtime, name: String) {
    self.runtime = runtime
    self.name = name
  }

  /// Starts the scope's process, linked to nobody.
  public func start() async throws {
    _ = try await GroupServer.start(in: runtime, name: name) { _ in GroupServer(table) }
  }

  /// How a supervisor runs it. A new process begins with no groups.
  public func childSpec(restart: ChildSpec.Restart = .permanent) -> ChildSpec {
    GroupServer.childSpec(id: name, name: name, restart: restart) { _ in GroupServer(table) }
  }

  /// Puts a process into a group, once more if it is there already.
  ///
  /// - Throws: `CallError` when the scope doesn't run.
  public func join(_ group: String, _ pid: PID) async throws {
    try await server.call { .join(group, pid, $0) }
  }

  /// Takes a process out of a group, once.
  ///
  /// - Returns: False when it was not in it.
  /// - Throws: `CallError` when the scope doesn't run.
  @discardableResult
  public func leave(_ group: String, _ pid: PID) async throws -> Bool {
    try await server.call { .leave(group, pid, $0) }
  }

  /// Who is in a group, in the order of joining; several times who joined several times. Asks no process.
  public func members(of group: String) -> [PID] {
    table.withLock { $0.entries(group) }.map(\.pid).filter { runtime.isAlive($0) }
  }

  /// The groups that somebody is in, in order. Asks no process.
  public var groups: [String] {
    let all = table.withLock { $0.all }.filter { runtime.isAlive($0.entry.pid) }
    return Set(all.map(\.key)).sorted()
  }

  /// Tells the calling process of every change of a group from now on, by a `Change` each, until it ends.
  ///
  /// - Returns: Who is in the group now.
  /// - Throws: `CallError` when the scope doesn't run.
  public func monitor(_ group: String, by process: ProcessContext) async throws -> [PID] {
    try await server.call { .watch(group, process.pid, $0) }
  }

  /// Ends what `monitor` began; changes that have arrived already stay.
  public func demonitor(_ group: String, by process: ProcessContext) async throws {
    try await server.call { .unwatch(group, process.pid, $0) }
  }

  private var server: ServerRef<GroupServer.Message> { ServerRef(runtime, name: name) }
}
