import Foundation
import Supervision
import Testing

@testable import Shell

/// Random commands, compared with a plain dictionary of dictionaries.
@Suite struct ModelTests {
  /// What buckets should hold, and what commands on them should find out.
  private struct Model {
    var buckets: [String: [String: String]] = [:]

    /// The value of the command's result; nil when it should fail.
    mutating func run(_ words: [String]) -> Any? {
      let name = words.count > 1 ? words[1] : ""
      switch words[0] {
      case "create":
        buckets[name] = buckets[name] ?? [:]
        return "some PID"
      case "put":
        guard buckets[name] != nil else { return nil }
        buckets[name]?[words[2]] = words[3]
        return NSNull()
      case "get":
        guard let bucket = buckets[name] else { return nil }
        return bucket[words[2]].map { $0 as Any } ?? NSNull()
      case "delete":
        guard buckets[name] != nil else { return nil }
        let removed = buckets[name]?.removeValue(forKey: words[2])
        return removed.map { $0 as Any } ?? NSNull()
      case "keys": return buckets[name].map { $0.keys.sorted() }
      case "buckets": return buckets.keys.sorted()
      case "crash", "kill", "stop":
        guard words.count > 2 else {
          // The registry or the bucket supervisor: both start anew.
          buckets = [:]
          return NSNull()
        }
        return buckets.removeValue(forKey: words[2]) == nil ? nil : NSNull()
      default: return NSNull()
      }
    }
  }

  private static let names = [
    "a", "b", "shopping", "brown eggs", "ü€", "it's", "$x", "#", "--", "registry",
  ]
  private static let values = ["1", "", "two words", "漢字", "a\"b", "\\", "<0.1.0>", "null"]

  private func command(_ generator: inout SeededGenerator) -> [String] {
    func pick(_ list: [String]) -> String { list.randomElement(using: &generator) ?? "" }
    let (bucket, key) = (pick(Self.names), pick(Self.names))
    return switch Int.random(in: 0..<40, using: &generator) {
    case 0..<6: ["create", bucket]
    case 6..<16: ["put", bucket, key, pick(Self.values)]
    case 16..<24: ["get", bucket, key]
    case 24..<28: ["delete", bucket, key]
    case 28..<31: ["keys", bucket]
    case 31..<33: ["buckets"]
    case 33: ["crash", "bucket", bucket]
    case 34: ["kill", "bucket", bucket]
    case 35: ["stop", "bucket", bucket]
    case 36: [pick(["kill", "crash", "stop"]), pick(["registry", "bucket-supervisor"])]
    // So that the restart limit is not reached.
    default: ["wait", "10s"]
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `buckets hold what a dictionary would`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var model = Model()
    var lines: [String] = []
    var expected: [Any?] = []
    for _ in 0..<400 {
      let words = command(&generator)
      lines.append(words.map(Lexer.quote).joined(separator: " "))
      expected.append(model.run(words))
      // The whole is started again at most three times within five seconds.
      if words.count == 2, ["kill", "crash", "stop"].contains(words[0]) {
        lines.append("wait 10s")
        expected.append(NSNull())
      }
    }
    let run = Simulated(lines.joined(separator: "\n"), seed: seed, isJSON: true)
    var results: [[String: Any]] = []
    for line in run.lines {
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      if object["type"] as? String == "result" { results.append(object) }
    }
    #expect(results.count == lines.count)
    for (index, result) in results.enumerated() {
      let (line, value) = (lines[index], expected[index])
      guard let value else {
        #expect(result["status"] as? String == "error", "seed \(seed), line \(index + 1): \(line)")
        continue
      }
      #expect(
        result["status"] as? String == "ok", "seed \(seed), line \(index + 1): \(line): \(result)")
      if line.hasPrefix("create") { continue }
      #expect(
        (result["value"] as? NSObject) == (value as? NSObject),
        "seed \(seed), line \(index + 1): \(line): \(result["value"] ?? "nothing") is not \(value)")
    }
  }
}
