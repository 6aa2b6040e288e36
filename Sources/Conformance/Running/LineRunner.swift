/// Runs scenarios line by line; one that cannot be run does not keep the others from it.
struct LineRunner {
  enum Output: Equatable {
    /// A line for standard output.
    case trace(String)
    /// An empty line, or a scenario that was not asked for.
    case nothing
    /// A sentence for standard error, with the line's number.
    case fault(String)
  }

  let schedule: Schedule
  /// The name of the only scenario to run; nil for all.
  let only: String?
  private(set) var hasFailed = false
  private var number = 0

  init(schedule: Schedule, only: String? = nil) {
    self.schedule = schedule
    self.only = only
  }

  mutating func run(_ line: String) async -> Output {
    number += 1
    if line.allSatisfy(\.isWhitespace) { return .nothing }
    do {
      let scenario = try Scenario(line: line)
      if let only, scenario.name != only { return .nothing }
      do {
        return .trace(try await schedule.run(scenario).line)
      } catch {
        throw FormatError("\(scenario.name): \(error)")
      }
    } catch {
      hasFailed = true
      return .fault("line \(number): \(error)")
    }
  }
}
