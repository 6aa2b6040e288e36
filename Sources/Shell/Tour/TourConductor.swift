internal import Supervision

/// Leads through a tour: prints what there is to read, runs what is to be typed, checks it.
struct TourConductor {
  let evaluator: Evaluator
  private var session: Session { evaluator.session }
  private var printer: Printer { session.printer }

  // MARK: Step by step

  /// Shows a step to a reader who has not come there from the step before.
  func begin(_ place: TourPlace, line: Int) async {
    if let failure = await run(place.current.prelude, line: line) {
      printer.note(paragraph("This step could not be prepared: \(failure.message)"))
    }
    show(place)
  }

  /// Shows the step at which the reader is.
  func show(_ place: TourPlace) {
    announce(place)
    prompt(place)
  }

  /// What the reader has typed has succeeded.
  func note(_ words: [String], line: Int) async {
    guard var place = session.tour else { return }
    let progress = place.note(words)
    guard progress != .none else { return }
    session.tour = place
    if progress == .command { return prompt(place) }
    if let failure = await run(place.current.checks, line: line) {
      printer.note(paragraph("This is not what this step is meant to show: \(failure.message)"))
    }
    finish(place.current)
    if place.go(to: place.step + 1) {
      session.tour = place
      show(place)
    } else {
      session.tour = nil
      printer.note(paragraph("That was the tour. `tour 5` goes back to its fifth step."))
    }
  }

  // MARK: All at once

  /// Runs the whole tour.
  ///
  /// - Throws: `tour_failed` at the first step that is not as it is told.
  func runAll(_ tour: Tour, line: Int) async throws(CommandError) {
    for (index, step) in tour.steps.enumerated() {
      announce(TourPlace(tour, at: index))
      for command in step.commands {
        echo(command)
        guard await evaluator.evaluate(Array(command.utf8)[...], line: line, keepsGoing: false)
        else { throw failure(index, "`\(command)` failed.") }
      }
      if let error = await run(step.checks, line: line) { throw failure(index, error.message) }
      finish(step)
      printer.flush()
    }
  }

  private func failure(_ index: Int, _ message: String) -> CommandError {
    CommandError("tour_failed", "step \(index + 1) of the tour is not as it is told: \(message)")
  }

  // MARK: Parts of a step

  private func announce(_ place: TourPlace) {
    let head = "── \(place.step + 1) of \(place.tour.steps.count) · \(place.current.title) ──"
    printer.note("\n" + printer.options.style.apply(.name, to: head))
    printer.note(paragraph(place.current.text))
  }

  private func prompt(_ place: TourPlace) {
    guard let expected = place.expected else { return }
    let name = printer.options.style.apply(.name, to: expected)
    // Once a step is enough.
    let hint = "    (type it, or press Enter; `tour stop` ends the tour)"
    printer.note("\n→ \(name)" + (place.done == 0 ? hint : ""))
  }

  private func echo(_ command: String) { printer.note(session.application.prompt + command) }

  private func finish(_ step: Tour.Step) {
    if !step.afterword.isEmpty { printer.note("\n" + paragraph(step.afterword)) }
  }

  /// Runs commands without printing what they find out, up to the first that fails.
  private func run(_ commands: [String], line: Int) async -> CommandError? {
    for command in commands {
      do {
        for command in try Lexer.lex(command) {
          _ = try await evaluator.perform(command.words.map(\.text), line: line)
        }
      } catch {
        return Evaluator.failure(error)
      }
    }
    return nil
  }

  private func paragraph(_ text: String) -> String {
    text.wrapped(toWidth: min(80, printer.options.columns?() ?? 80))
  }
}
