public import Processes

/// Several copies of one child, each for a part of the keys, so that no single process is everybody's
/// bottleneck.
///
///     let counters = PartitionSupervisor(runtime, name: "Counters", partitions: 4) { partition in
///       Counter.childSpec { _ in Counter() }
///     }
///     try await counters.start()                       // or under a supervisor: counters.childSpec()
///     let counter = ServerRef<Counter.Message>(runtime, counters.destination(for: "ada"))
///
/// The same key leads to the same partition as long as the program runs. Partitions are restarted one by
/// one, in their place.
///
/// - Note: Follows Elixir's `PartitionSupervisor`.
public struct PartitionSupervisor: Sendable {
  public let runtime: Runtime
  public let name: String
  /// How many there are, at least 1.
  public let partitionCount: Int
  private let options: Supervisor.Options
  private let children: [ChildSpec]
  /// The latest process of each partition, noted when it starts.
  private let processes: Locked<[PID?]>

  /// Partitions that are yet to be started, under a supervisor of this name.
  ///
  /// - Parameters:
  ///   - partitions: How many; as many as the runtime has workers by default.
  ///   - options: Of the supervisor; the strategy is one for one in any case.
  ///   - child: Makes the specification for the partition of this number, counted from 0. Its `id` is
  ///     replaced by the number.
  public init(
    _ runtime: Runtime, name: String, partitions: Int? = nil,
    _ options: Supervisor.Options = .init(), child: (_ partition: Int) -> ChildSpec
  ) {
    self.runtime = runtime
    self.name = name
    partitionCount = max(1, partitions ?? runtime.workerCount)
    self.options = Supervisor.Options(
      maxRestarts: options.maxRestarts, within: options.period, autoShutdown: options.autoShutdown)
    let processes = Locked([PID?](repeating: nil, count: partitionCount))
    self.processes = processes
    children = (0..<partitionCount).map { number in
      let spec = child(number)
      return spec.with(id: "\(number)") { supervisor in
        let pid = try await spec.start(supervisor)
        processes.withLock { $0[number] = pid }
        return pid
      }
    }
  }

  /// Starts supervisor and partitions, linked to nobody.
  public func start() async throws {
    _ = try await Supervisor.start(in: runtime, name: name, children: children, options)
  }

  /// How a supervisor runs them.
  public func childSpec(restart: ChildSpec.Restart = .permanent) -> ChildSpec {
    Supervisor.childSpec(name: name, restart: restart, children: children, options)
  }
}

// MARK: Finding

extension PartitionSupervisor {
  /// The number of the partition that a key belongs to: an integer by the remainder of its magnitude,
  /// anything else by its hash, which differs from run to run.
  public func partition(for key: some Hashable) -> Int {
    if let number = key as? Int { return Int(number.magnitude % UInt(partitionCount)) }
    return Int(UInt(bitPattern: key.hashValue) % UInt(partitionCount))
  }

  /// The process of a key's partition; nil while it is down.
  public func pid(for key: some Hashable) -> PID? { pid(ofPartition: partition(for: key)) }

  /// Where to reach a key's partition, also after a restart.
  public func destination(for key: some Hashable) -> Destination {
    let number = partition(for: key)
    return .via(
      ViaName("partition \(number) of \(name)", through: processes) { pid(ofPartition: number) })
  }

  /// The processes of all partitions that run, by number.
  public var partitions: [(number: Int, pid: PID)] {
    (0..<partitionCount).compactMap { number in pid(ofPartition: number).map { (number, $0) } }
  }

  /// How many children there are, of which kinds.
  ///
  /// - Throws: `CallError` when the supervisor doesn't run.
  public func countChildren() async throws -> ChildCounts {
    try await Supervisor(runtime, name: name).countChildren()
  }

  /// Stops the partitions, last first, then the supervisor.
  public func stop(_ reason: ExitReason = .normal, timeout: Duration? = nil) async throws {
    try await Supervisor(runtime, name: name).stop(reason, timeout: timeout)
  }

  private func pid(ofPartition number: Int) -> PID? {
    processes.withLock { $0[number] }.flatMap { runtime.isAlive($0) ? $0 : nil }
  }
}
