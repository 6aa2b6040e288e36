/// A guided walk through an application: a story in steps that run for real.
///
/// Differs from a script in that the reader may type, look around, or only press Enter; and from a
/// text in that each step is checked, so it can't go out of date unnoticed.
package struct Tour: Sendable {
  package struct Step: Sendable {
    package let title: String
    /// What the reader is told before typing.
    package let text: String
    /// What the reader types, one after the other.
    package let commands: [String]
    /// What has to be true then: commands that succeed, mostly `assert`.
    package let checks: [String]
    /// What there was to see.
    package let afterword: String
    /// What makes the world as earlier steps leave it, for a reader who begins here.
    package let prelude: [String]

    package init(
      _ title: String, _ text: String, prelude: [String] = [], _ commands: [String],
      checks: [String] = [], _ afterword: String = ""
    ) {
      self.title = title
      self.text = text
      self.commands = commands
      self.checks = checks
      self.prelude = prelude
      self.afterword = afterword
    }
  }

  package let steps: [Step]

  package init(_ steps: [Step]) {
    precondition(steps.allSatisfy { !$0.commands.isEmpty }, "a step is something to type")
    self.steps = steps
  }
}

/// How far a reader has come: a value, told of each command that was typed.
struct TourPlace: Sendable {
  let tour: Tour
  private(set) var step: Int
  /// How many of the step's commands have been typed.
  private(set) var done = 0

  enum Progress: Equatable {
    /// Something else was typed: looking around.
    case none
    /// That was it, and there is more to type in this step.
    case command
    /// That was the last of this step.
    case step
  }

  init(_ tour: Tour, at step: Int = 0) {
    self.tour = tour
    self.step = step
  }

  var current: Tour.Step { tour.steps[step] }
  var isAtLastStep: Bool { step == tour.steps.count - 1 }
  /// What is to be typed next.
  var expected: String? { done < current.commands.count ? current.commands[done] : nil }

  /// Notes a command that has succeeded.
  ///
  /// - Parameter words: As they were typed; that they are the same words is what counts.
  mutating func note(_ words: [String]) -> Progress {
    guard let expected, let command = try? Lexer.lex(expected).first,
      command.words.map(\.text) == words
    else { return .none }
    done += 1
    return done == current.commands.count ? .step : .command
  }

  /// Goes on to another step, from its beginning; false when there is none.
  mutating func go(to next: Int) -> Bool {
    guard tour.steps.indices.contains(next) else { return false }
    step = next
    done = 0
    return true
  }
}
