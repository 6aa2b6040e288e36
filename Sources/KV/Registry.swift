public import Supervision

/// Knows which bucket has which name.
///
/// Buckets run under the bucket supervisor that the registry is given, so a bucket's crash does not
/// touch the registry; it monitors them, and forgets the name of one that ended. Without one it starts
/// buckets itself, linked: then a bucket's crash is its own.
public struct Registry: GenServer {
  public enum Message: Sendable {
    /// Makes a bucket unless there is one of that name.
    case create(String)
    case lookup(String, ReplyTo<PID?>)
    /// All names, in order.
    case names(ReplyTo<[String]>)
  }

  private let buckets: DynamicSupervisor?
  private let restart: ChildSpec.Restart
  private var pids: [String: PID] = [:]
  private var names: [MonitorRef: String] = [:]

  /// A registry whose buckets are linked to itself.
  public init() {
    buckets = nil
    restart = .temporary
  }

  /// - Parameters:
  ///   - buckets: The supervisor under which buckets run.
  ///   - restart: Whether it restarts those that end.
  public init(buckets: DynamicSupervisor, restart: ChildSpec.Restart = .temporary) {
    self.buckets = buckets
    self.restart = restart
  }

  /// What can be said at once. Only to make a bucket, others are needed.
  public func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .create(let name): return pids[name] == nil ? .asynchronously : .receive
    case .lookup(let name, let reply): reply(pids[name])
    case .names(let reply): reply(pids.keys.sorted())
    }
    return .receive
  }

  public mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    guard case .create(let name) = message else { return .receive }
    let pid = try await startBucket(name, process)
    pids[name] = pid
    names[process.monitor(pid)] = name
    return .receive
  }

  private func startBucket(_ name: String, _ process: ProcessContext) async throws -> PID {
    if let buckets {
      return try await buckets.startChild(Bucket.childSpec(label: name, restart: restart))
    }
    return try await Bucket.startLinked(by: process, label: name)
  }

  /// Shows the names, and nothing of the machinery.
  public static func formatStatus(_ part: StatusPart<Registry>) -> String {
    guard case .state(let registry) = part else { return part.description }
    let names = registry.pids.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return names.isEmpty ? "no buckets" : names.joined(separator: ", ")
  }

  public mutating func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    if case .down(let down) = info, let name = names.removeValue(forKey: down.ref) {
      pids[name] = nil
    }
    return .receive
  }
}

/// Buckets by name, as clients see the registry.
extension ServerRef<Registry.Message> {
  /// Asks for a bucket of that name; does not wait. Nothing changes when there is one.
  public func create(_ name: String) {
    cast(.create(name))
  }

  /// The bucket of that name; nil when there is none.
  public func lookup(_ name: String) async throws -> Bucket? {
    try await pid(of: name).map { Bucket(runtime, pid: $0) }
  }

  /// The process of the bucket of that name; nil when there is none.
  public func pid(of name: String) async throws -> PID? {
    try await call { .lookup(name, $0) }
  }

  /// The names of all buckets, in order.
  public func names() async throws -> [String] {
    try await call { .names($0) }
  }
}
