import Supervision

/// One measurement of what something costs each process, among a thousand as among a million of them.
///
/// Differs from a `Workload`, which has one size, in what it is to show: a cost that stays the same from size
/// to size grows linearly as a whole; one that grows with the size would make the whole quadratic.
struct Growth: Sendable {
  /// The name of its lines.
  let name: String
  /// What is measured, in a sentence.
  let summary: String
  /// At most so many processes, whatever was asked for; nil, no limit.
  let limit: Int?
  /// Measures once, in a process of a fresh runtime.
  private let body: @Sendable (GrowthRun) async throws -> Void

  init(
    _ name: String, _ summary: String, limit: Int? = nil,
    _ body: @escaping @Sendable (GrowthRun) async throws -> Void
  ) {
    self.name = name
    self.summary = summary
    self.limit = limit
    self.body = body
  }

  /// From a thousand to a million by tens, as far as `scale` goes: 1 means a million.
  static func sizes(scale: Double) -> [Int] {
    [1000, 10_000, 100_000, 1_000_000].filter { $0 == 1000 || Double($0) <= scale * 1_000_000 }
  }

  /// How often a size is measured: the smaller, the more does chance weigh.
  static func rounds(_ size: Int) -> Int { size <= 10_000 ? 7 : size <= 100_000 ? 3 : 1 }

  /// The medians of what was measured at this size, a line for each name.
  func measure(_ size: Int, _ configuration: Runtime.Configuration) async throws -> [GrowthLine] {
    var samples: [String: [Double]] = [:]
    var order: [GrowthRun.Sample] = []
    for _ in 0..<Self.rounds(size) {
      for sample in try await measureOnce(size, configuration) {
        if samples[sample.name] == nil { order.append(sample) }
        samples[sample.name, default: []].append(sample.each)
      }
    }
    return order.map { sample in
      let sorted = samples[sample.name, default: []].sorted()
      return GrowthLine(
        name: sample.name, size: size, unit: sample.unit, each: sorted[sorted.count / 2])
    }
  }

  private func measureOnce(
    _ size: Int, _ configuration: Runtime.Configuration
  ) async throws -> [GrowthRun.Sample] {
    let runtime = Runtime(configuration)
    defer { runtime.shutdown() }
    let outcome = Locked<Result<[GrowthRun.Sample], any Error>>(.success([]))
    let driver = runtime.spawn(label: name, isTrappingExits: true) { process in
      let run = GrowthRun(process: process, size: size)
      do {
        try await body(run)
        outcome.withLock { $0 = .success(run.samples.withLock { $0 }) }
      } catch {
        outcome.withLock { $0 = .failure(error) }
      }
    }
    _ = await runtime.waitForExit(of: driver)
    // What it left behind ends before the next measurement begins.
    await runtime.settle()
    return try outcome.withLock { $0 }.get()
  }
}

/// One run of a growth measurement: where it runs, and what came out.
struct GrowthRun {
  struct Sample: Sendable {
    let name: String
    let unit: GrowthLine.Unit
    let each: Double
  }

  let process: ProcessContext
  let size: Int
  let samples = Locked<[Sample]>([])

  var runtime: Runtime { process.runtime }

  /// Waits until the others have nothing left to do.
  func settle() async { await runtime.settle() }

  /// Times `body`, which does something `count` times; once for each process unless it says otherwise.
  func time<Value>(
    _ name: String, count: Int? = nil, _ body: () async throws -> Value
  ) async rethrows -> Value {
    let start = Meter.wallNanoseconds
    let value = try await body()
    let spent = Double(Meter.wallNanoseconds - start)
    note(name, .nanoseconds, spent / Double(count ?? size))
    return value
  }

  func note(_ name: String, _ unit: GrowthLine.Unit, _ each: Double) {
    samples.withLock { $0.append(Sample(name: name, unit: unit, each: each)) }
  }
}
