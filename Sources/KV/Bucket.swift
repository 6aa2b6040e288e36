public import Supervision

/// A named shelf of keys and values: an agent that holds a dictionary.
///
/// Temporary, unless a design says otherwise: whatever ends it, it is not started again, since a replacement would be empty and
/// nobody would know where it is. Whoever gave it a name hears of its end and forgets the name.
public struct Bucket: Sendable {
  /// The bucket's process.
  public let agent: Agent<[String: String]>

  /// A handle on the bucket that runs as `pid`.
  public init(_ runtime: Runtime, pid: PID) {
    agent = Agent(runtime, pid: pid)
  }

  /// What a supervisor calls each of its buckets.
  public static let id = "Bucket"

  /// How a supervisor runs a bucket.
  ///
  /// - Parameter label: The name it was made for, shown beside its PID.
  public static func childSpec(
    label: String? = nil, restart: ChildSpec.Restart = .temporary
  ) -> ChildSpec {
    Agent<[String: String]>.childSpec(id: id, label: label, restart: restart) { [:] }
  }

  /// Starts a bucket that shares the fate of the process that starts it.
  static func startLinked(by starter: ProcessContext, label: String) async throws -> PID {
    let agent = try await Agent.startLinked(by: starter, label: label) { [String: String]() }
    guard let pid = agent.pid else { throw StartError.failed(.noProcess) }
    return pid
  }

  /// The value of `key`; nil when there is none.
  public func get(_ key: String) async throws -> String? {
    try await agent.get { $0[key] }
  }

  public func put(_ key: String, _ value: String) async throws {
    try await agent.update { $0[key] = value }
  }

  /// Removes a key.
  ///
  /// - Returns: Its value; nil when there was none.
  @discardableResult
  public func delete(_ key: String) async throws -> String? {
    try await agent.getAndUpdate { $0.removeValue(forKey: key) }
  }

  /// All keys, in order.
  public func keys() async throws -> [String] {
    try await agent.get { $0.keys.sorted() }
  }
}
