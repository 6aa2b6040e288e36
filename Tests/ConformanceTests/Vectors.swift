import Foundation

@testable import Conformance

/// A recorded scenario: what to do, and what Erlang/OTP did.
struct Vector: Sendable {
  let scenario: Scenario
  let expected: JSON

  static let categories = ["signals", "supervisor", "dynamic_supervisor", "gen_server", "kv"]

  /// By category; read once.
  static let all: [String: Result<[Vector], any Error>] = Dictionary(
    uniqueKeysWithValues: categories.map { category in (category, Result { try load(category) }) })

  static func of(_ category: String) throws -> [Vector] { try all[category]?.get() ?? [] }

  private static func load(_ category: String) throws -> [Vector] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Vectors/\(category).jsonl")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { text in
      let json = try JSON(line: text)
      guard let expected = json["expected"] else { throw FormatError("expected is missing") }
      return Vector(scenario: try Scenario(json), expected: expected)
    }
  }

  /// Runs the scenario; nil when it went as in Erlang/OTP, else the difference.
  func difference(_ schedule: Schedule) async -> String? {
    do {
      let got = try await schedule.run(scenario)
      return TraceComparison.difference(expected: expected, got: got["trace"] ?? nil)
        .map { "\(scenario.name): \($0)" }
    } catch {
      return "\(scenario.name): \(error)"
    }
  }
}
