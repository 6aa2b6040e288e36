public import Processes

/// Knows which processes go by which key, and lets them carry a value each.
///
/// With unique keys, a key leads to one process and can serve as its name; with duplicate keys, to any
/// number, which `dispatch` reaches. Keys are of any type. Differs from the runtime's own names in that,
/// and in that a process may have many; differs from `ProcessGroups` in the values.
///
///     let sessions = Registry<String, Void>(runtime, name: "Sessions", keys: .unique)
///     try await sessions.start()                       // or under a supervisor: sessions.childSpec()
///     let counter = try await Counter.start(in: runtime, name: sessions.name("ada")) { _ in Counter() }
///     sessions.pid(of: "ada")                          // counter's PID
///
/// Looking something up asks no process. A process that is dead is never found, from the moment of its
/// death. While the registry's own process is down the registry is empty and takes nothing.
///
/// - Note: Follows Elixir's `Registry`.
public struct Registry<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  public typealias Entry = (pid: PID, value: Value)

  /// Whether a key leads to one process or to many.
  public enum Keys: Sendable, Hashable {
    case unique, duplicate
  }

  public let runtime: Runtime
  public let name: String
  public let keys: Keys
  let table = Locked(RegistryTable<Key, Value>())

  /// A registry that is yet to be started, under its name.
  public init(_ runtime: Runtime, name: String, keys: Keys) {
    self.runtime = runtime
    self.name = name
    self.keys = keys
  }

  /// Starts its process, linked to nobody.
  public func start() async throws {
    _ = try await RegistryServer.start(in: runtime, name: name) { _ in RegistryServer(self) }
  }

  /// How a supervisor runs it.
  public func childSpec(restart: ChildSpec.Restart = .permanent) -> ChildSpec {
    RegistryServer.childSpec(id: name, name: name, restart: restart) { _ in RegistryServer(self) }
  }
}

// MARK: Registering

extension Registry {
  /// Puts a process under a key, with a value.
  ///
  /// - Throws: `RegistryError.keyTaken` when the key is unique and leads to a living process already,
  ///   the same one or another; `.notRunning`; `.notAlive`.
  public func register(_ key: Key, _ value: Value, for pid: PID) throws(RegistryError) {
    guard let server = runtime.whereis(name) else { throw .notRunning(name) }
    guard runtime.isAlive(pid) else { throw .notAlive(pid) }
    let holder: PID? = table.withLock { table in
      if keys == .unique, let holder = table.entries(key).first(where: { isAlive($0) }) {
        return holder.pid
      }
      table.insert(key, value, pid, owner: server)
      return nil
    }
    if let holder { throw .keyTaken("\(key)", registry: name, by: holder) }
    // It may have died before the registry watches it: then the registry hears of that at once.
    ServerRef<RegistryServer<Key, Value>.Message>(runtime, pid: server).cast(.watch(pid))
  }

  /// Takes all entries of the process under a key away.
  public func unregister(_ key: Key, for pid: PID) {
    table.withLock { $0.remove(key, pid) }
  }

  /// Changes the value of a process under a key; its first, when it has several. Meant for the process
  /// itself: of two who change the same value at once, one is lost.
  ///
  /// - Returns: The new value; nil when the process has no such entry.
  @discardableResult
  public func updateValue(
    of key: Key, for pid: PID, _ change: (Value) -> Value
  ) -> Value? {
    // Outside the lock, since `change` may use the registry.
    guard let entry = table.withLock({ $0.entry(key, of: pid) }), isAlive(entry) else { return nil }
    let value = change(entry.value)
    table.withLock { $0.update(key, entry.number, to: value) }
    return value
  }

  /// The key as a name under which a process can be started, called and found; for unique keys.
  ///
  /// - Parameter value: What a process that is started under it carries.
  public func name(_ key: Key, value: Value) -> RegistryName<Key, Value> {
    RegistryName(registry: self, key: key, value: value)
  }
}

extension Registry where Value == Void {
  /// Puts a process under a key.
  public func register(_ key: Key, for pid: PID) throws(RegistryError) {
    try register(key, (), for: pid)
  }

  /// The key as a name under which a process can be started, called and found; for unique keys.
  public func name(_ key: Key) -> RegistryName<Key, Value> { name(key, value: ()) }
}

// MARK: Looking up

extension Registry {
  /// Who is under a key, in the order of registering.
  public func lookup(_ key: Key) -> [Entry] {
    table.withLock { $0.entries(key) }.filter { isAlive($0) }.map { ($0.pid, $0.value) }
  }

  /// Who is under a unique key.
  public func pid(of key: Key) -> PID? { lookup(key).first?.pid }

  /// The keys of a process, in the order of registering.
  public func keys(of pid: PID) -> [Key] {
    table.withLock { $0.entries(of: pid) }.filter { isAlive($0.entry) }.map(\.key)
  }

  /// All entries that `isIncluded` accepts, in the order of registering.
  public func entries(
    where isIncluded: (Key, PID, Value) -> Bool = { _, _, _ in true }
  ) -> [(key: Key, pid: PID, value: Value)] {
    table.withLock { $0.all }.filter { isAlive($0.entry) }
      .filter { isIncluded($0.key, $0.entry.pid, $0.entry.value) }
      .map { ($0.key, $0.entry.pid, $0.entry.value) }
  }

  /// How many entries there are.
  public var count: Int { entries().count }

  /// Hands those under a key to `body`, for example to send each a message; not called for none.
  public func dispatch(_ key: Key, _ body: ([Entry]) throws -> Void) rethrows {
    let entries = lookup(key)
    if !entries.isEmpty { try body(entries) }
  }

  /// An entry counts while its process lives, and the registry's process that it was made under.
  private func isAlive(_ entry: RegistryTable<Key, Value>.Entry) -> Bool {
    runtime.isAlive(entry.pid) && runtime.isAlive(entry.owner)
  }

  /// Forgets a process that died.
  func forget(_ pid: PID) { table.withLock { $0.remove(pid) } }

  /// Forgets everything: a new process takes over.
  func clear() { table.withLock { $0 = RegistryTable() } }
}

/// A key of a registry as a process's name.
public struct RegistryName<Key: Hashable & Sendable, Value: Sendable>: ProcessName {
  let registry: Registry<Key, Value>
  let key: Key
  let value: Value

  public var description: String { "\(key) in \(registry.name)" }

  public func register(_ pid: PID, in runtime: Runtime) throws(RegistrationError) {
    guard registry.keys == .unique else { throw .notUnique(description) }
    do {
      try registry.register(key, value, for: pid)
    } catch {
      switch error {
      case .keyTaken(_, _, let holder): throw .nameTaken(description, by: holder)
      case .notAlive(let pid): throw .notAlive(pid)
      case .notRunning(let name): throw .noRegistry(name)
      }
    }
  }

  public func unregister(_ pid: PID, in runtime: Runtime) { registry.unregister(key, for: pid) }

  public var destination: Destination {
    .via(
      ViaName(description, through: registry.table) {
        registry.keys == .unique ? registry.pid(of: key) : nil
      })
  }
}

/// A process could not be put into a registry.
public enum RegistryError: Error, Hashable, Sendable {
  case keyTaken(String, registry: String, by: PID)
  case notAlive(PID)
  case notRunning(String)
}

extension RegistryError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .keyTaken(let key, let registry, let holder):
      "\(key) is taken by \(holder) in \(registry): unregister it there, or choose another key"
    case .notAlive(let pid): "\(pid) is not alive and can stand in no registry"
    case .notRunning(let name):
      "the registry \(name) does not run: start it, or its supervisor, first"
    }
  }
}
