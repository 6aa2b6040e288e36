@testable import Conformance

/// Compares a trace with what Erlang/OTP did, by the rules of docs/conformance/FORMAT.md.
enum TraceComparison {
  /// The first difference, in words; nil when there is none.
  static func difference(expected: JSON, got: JSON) -> String? {
    guard case .array(let expectedSteps)? = expected["steps"] else { return "nothing is expected" }
    guard case .array(let gotSteps)? = got["steps"] else { return "there are no steps" }
    for (index, step) in expectedSteps.enumerated() {
      guard index < gotSteps.count else { return "step \(index) is missing" }
      if let difference = difference(step: step, got: gotSteps[index]) {
        return "step \(index): \(difference)"
      }
    }
    if gotSteps.count != expectedSteps.count {
      return "expected \(expectedSteps.count) steps, got \(gotSteps.count)"
    }
    return nil
  }

  private static func difference(step: JSON, got: JSON) -> String? {
    guard case .object(let expectedFields) = step, case .object(let gotFields) = got else {
      return "a step has to be an object"
    }
    for (field, value) in expectedFields.sorted(by: { $0.key < $1.key })
    where field != "events" && field != "chains" {
      guard let other = gotFields[field] else { return "\(field) is missing" }
      if normal(field, value) != normal(field, other) {
        return "\(field): expected \(value.line), got \(other.line)"
      }
    }
    if expectedFields["names"] == nil, let names = gotFields["names"], names != .object([:]) {
      return "names: expected none, got \(names.line)"
    }
    guard case .array(let events)? = expectedFields["events"] else { return nil }
    guard case .array(let gotEvents)? = gotFields["events"] else { return "events are missing" }
    return difference(events: events, chains: chains(expectedFields["chains"]), got: gotEvents)
  }

  /// Fields whose order means nothing.
  private static func normal(_ field: String, _ value: JSON) -> JSON {
    switch (field, value) {
    case ("alive", .array(let items)), ("buckets", .array(let items)),
      ("orphans", .array(let items)):
      .array(items.sorted { $0.line < $1.line })
    default: value
    }
  }

  private static func chains(_ json: JSON?) -> [[Int]]? {
    guard case .array(let chains)? = json else { return nil }
    return chains.map { chain in
      guard case .array(let places) = chain else { return [] }
      return places.compactMap { if case .integer(let place) = $0 { place } else { nil } }
    }
  }

  private static func difference(events: [JSON], chains: [[Int]]?, got: [JSON]) -> String? {
    let lost = droppable(events)
    let expected = keyed(events.indices.filter { !lost[$0] }.map { events[$0] })
    let gotLost = droppable(got)
    let found = keyed(got.indices.filter { !gotLost[$0] }.map { got[$0] })
    guard Set(expected) == Set(found), expected.count == found.count else {
      let missing = Set(expected).subtracting(found).map(\.event.line).sorted()
      let extra = Set(found).subtracting(expected).map(\.event.line).sorted()
      return "events: missing \(missing), unexpected \(extra)"
    }
    let places = Dictionary(uniqueKeysWithValues: found.enumerated().map { ($1, $0) })
    // Where events went that were left out.
    var kept: [Int: Int] = [:]
    for index in events.indices where !lost[index] { kept[index] = kept.count }
    let ordered = chains?.map { $0.compactMap { kept[$0] } } ?? [Array(expected.indices)]
    for chain in ordered {
      for (first, second) in zip(chain, chain.dropFirst()) {
        guard let before = places[expected[first]], let after = places[expected[second]],
          before < after
        else {
          return
            "order: \(expected[first].event.line) has to come before \(expected[second].event.line)"
        }
      }
    }
    return nil
  }

  /// Deliveries to a process that ends in the same step: whether it still reads them is not defined.
  private static func droppable(_ events: [JSON]) -> [Bool] {
    func parts(_ event: JSON) -> (type: String, subject: String)? {
      guard case .array(let parts) = event, parts.count > 1, let type = parts[0].text,
        let subject = parts[1].text
      else { return nil }
      return (type, subject)
    }
    let dead = Set(events.compactMap { parts($0) }.filter { $0.type == "exit" }.map(\.subject))
    return events.map { event in
      guard let (type, subject) = parts(event) else { return false }
      return ["msg", "EXIT", "DOWN", "info"].contains(type) && dead.contains(subject)
    }
  }

  private struct Key: Hashable {
    var event: JSON
    /// Equal events are told apart by their turn.
    var turn: Int
  }

  private static func keyed(_ events: [JSON]) -> [Key] {
    var turns: [JSON: Int] = [:]
    return events.map { event in
      turns[event, default: 0] += 1
      return Key(event: event, turn: turns[event] ?? 0)
    }
  }
}
