internal import Supervision

enum TourCommand {
  /// The command of a session whose application has a tour.
  static func make(_ tour: Tour) -> Command {
    Command(
      "tour", .session, usage: "[STEP|back|skip|stop]",
      "walk through it all, step by step",
      details: """
        Each step tells something and says what to type; Enter types it for you. Anything else may be
        typed in between. `tour back` and `tour skip` go to the neighbouring steps, `tour stop` ends it.
        Whatever runs is real, so begin with nothing that you want to keep.

        With --auto, and in a script, the whole walk runs by itself and is checked.
        """,
      examples: ["tour --auto"],
      options: [.init("auto", "run the whole walk without waiting")],
      arguments: [.choice(["back", "skip", "stop"])], arity: 0...1
    ) { session, invocation in
      let conductor = TourConductor(
        evaluator: Evaluator(session: session, process: try invocation.process))
      if invocation.has("auto") || !session.isInteractive && invocation.arguments.isEmpty {
        try await conductor.runAll(tour, line: invocation.line)
        return .done
      }
      var place = session.tour ?? TourPlace(tour)
      switch invocation.arguments.first {
      case nil: place = TourPlace(tour)
      case "stop":
        session.tour = nil
        return .done
      case "back": _ = place.go(to: max(0, place.step - 1))
      case "skip": _ = place.go(to: min(tour.steps.count - 1, place.step + 1))
      case let word?:
        let number = try Int.parse(word, 1...tour.steps.count, as: "tour")
        _ = place.go(to: number - 1)
      }
      session.tour = place
      await conductor.begin(place, line: invocation.line)
      return .done
    }
  }
}
