import Foundation
import Testing

@testable import Conformance

/// Every recorded scenario, as Erlang/OTP did it.
///
/// `CONFORMANCE_SEEDS=50` runs each under so many simulated schedules.
@Suite(.serialized) struct ConformanceTests {
  static let seeds =
    ProcessInfo.processInfo.environment["CONFORMANCE_SEEDS"].flatMap { UInt64($0) } ?? 2

  @Test(arguments: Vector.categories)
  func `under simulation, whatever the schedule`(category: String) async throws {
    let vectors = try Vector.of(category)
    #expect(vectors.count > 150)
    for seed in 0..<Self.seeds {
      var differences: [String] = []
      for vector in vectors {
        // A simulation keeps its thread; tests whose calls have a limit of time want one, too.
        await Task.yield()
        if let difference = await vector.difference(.simulated(seed: seed)) {
          differences.append(difference)
        }
      }
      #expect(differences == [], "seed \(seed)")
      if !differences.isEmpty { return }
    }
  }

  @Test(arguments: [1, 2, 4], Vector.categories)
  func `on worker threads`(workers: Int, category: String) async throws {
    var differences: [String] = []
    for vector in try Vector.of(category) {
      if let difference = await vector.difference(.threads(workers: workers)) {
        differences.append(difference)
      }
    }
    #expect(differences == [])
  }
}

@Suite struct LineRunnerTests {
  private let scenario = #"""
    {"name":"signals/one","category":"signals","scenario":{"procs":[],"steps":[{"by":"main","do":[{"op":"trap","value":true}]}]}}
    """#

  @Test func `a malformed line is reported by number, and the others run`() async {
    var runner = LineRunner(schedule: .simulated(seed: 1))
    let first = await runner.run("{")
    let second = await runner.run(scenario)
    let third = await runner.run("")
    let fourth = await runner.run(#"{"name":"x","category":"weather","scenario":{}}"#)
    #expect(first == .fault("line 1: this is not a JSON object"))
    #expect(
      second
        == .trace(
          #"{"name":"signals/one","trace":{"steps":[{"events":[],"result":[true],"state":{"main":{"links":[],"monitors":[],"trap":true}}}]}}"#
        ))
    #expect(third == .nothing)
    #expect(
      fourth
        == .fault(
          "line 4: weather is no category: signals, supervisor, dynamic_supervisor, gen_server or kv"
        ))
    #expect(runner.hasFailed)
  }

  @Test func `an unknown operation is a fault of its line`() async {
    var runner = LineRunner(schedule: .simulated(seed: 1))
    let output = await runner.run(
      scenario.replacingOccurrences(of: #""op":"trap""#, with: #""op":"dance""#))
    #expect(output == .fault("line 1: signals/one: dance is no operation of this category"))
  }

  /// Both as OTP 25 did it; no vector among the recorded has them.
  @Test(arguments: [
    (
      #"{"name":"x","category":"gen_server","scenario":{"clients":[{"name":"c1","trap":true}],"steps":[{"op":"start","id":"s","link":true,"init":{"do":"ignore"}}]}}"#,
      #"["EXIT","c1","s#1","normal"]"#
    ),
    (
      #"{"name":"x","category":"signals","scenario":{"procs":[{"name":"p1","trap":false}],"steps":[{"by":"p1","do":[{"op":"exit","to":"p1","reason":"boom"},{"op":"trap","value":true}]}]}}"#,
      #""result":[null,null]"#
    ),
  ])
  func `a server is known by its label before it fails; who has ended itself does nothing more`(
    scenario: String, part: String
  ) async {
    var runner = LineRunner(schedule: .simulated(seed: 1))
    guard case .trace(let trace) = await runner.run(scenario) else {
      Issue.record("no trace")
      return
    }
    #expect(trace.contains(part))
  }

  @Test func `only the scenario asked for is run`() async {
    var runner = LineRunner(schedule: .simulated(seed: 1), only: "signals/two")
    let output = await runner.run(scenario)
    #expect(output == .nothing)
    #expect(!runner.hasFailed)
  }
}

@Suite struct TraceComparisonTests {
  private func steps(_ events: JSON, chains: JSON? = nil, result: JSON = "ok") -> JSON {
    var step: [String: JSON] = ["events": events, "result": result]
    if let chains { step["chains"] = chains }
    return ["steps": [.object(step)]]
  }

  private let a: JSON = ["start", "a#1", "ok"]
  private let b: JSON = ["start", "b#1", "ok"]

  @Test func `equal traces don't differ`() {
    #expect(TraceComparison.difference(expected: steps([a, b]), got: steps([a, b])) == nil)
  }

  @Test func `a changed result, a lost or a foreign event and a swapped order are found`() {
    let expected = steps([a, b])
    #expect(
      TraceComparison.difference(expected: expected, got: steps([a, b], result: "no")) != nil)
    #expect(TraceComparison.difference(expected: expected, got: steps([a])) != nil)
    #expect(TraceComparison.difference(expected: expected, got: steps([a, b, b])) != nil)
    #expect(TraceComparison.difference(expected: expected, got: steps([b, a])) != nil)
    #expect(TraceComparison.difference(expected: expected, got: ["steps": []]) != nil)
  }

  @Test func `with chains only what is in one chain has an order`() {
    let free = steps([a, b], chains: [])
    #expect(TraceComparison.difference(expected: free, got: steps([b, a])) == nil)
    let bound = steps([a, b], chains: [[.integer(0), .integer(1)]])
    #expect(TraceComparison.difference(expected: bound, got: steps([b, a])) != nil)
  }

  @Test func `what a dying process still receives does not count`() {
    let exit: JSON = ["exit", "p", "boom"]
    let message: JSON = ["msg", "p", "q", "hello"]
    #expect(
      TraceComparison.difference(expected: steps([message, exit]), got: steps([exit])) == nil)
    #expect(
      TraceComparison.difference(expected: steps([exit]), got: steps([message, exit])) == nil)
  }
}
