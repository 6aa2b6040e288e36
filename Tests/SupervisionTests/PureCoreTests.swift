import Testing

@testable import Supervision

@Suite struct RestartPlanTests {
  private func plan(_ strategy: RestartStrategy) -> RestartPlan {
    RestartPlan(strategy: strategy, children: ["a", "b", "c", "d"], failed: "b")
  }

  @Test func `one for one restarts only the failed child`() {
    #expect(plan(.oneForOne).stop == [])
    #expect(plan(.oneForOne).start == ["b"])
  }

  @Test func `one for all stops the others in reverse and starts all in order`() {
    #expect(plan(.oneForAll).stop == ["d", "c", "a"])
    #expect(plan(.oneForAll).start == ["a", "b", "c", "d"])
  }

  @Test func `rest for one restarts only children started after the crashed one`() {
    #expect(plan(.restForOne).stop == ["d", "c"])
    #expect(plan(.restForOne).start == ["b", "c", "d"])
  }
}

@Suite struct RestartIntensityTests {
  @Test func `more than the limit within the period is too many`() {
    var intensity = RestartIntensity(maxRestarts: 2, within: .seconds(5))
    let result1 = intensity.allowsRestart(at: .seconds(1))
    #expect(result1)
    let result2 = intensity.allowsRestart(at: .seconds(2))
    #expect(result2)
    let result3 = intensity.allowsRestart(at: .seconds(3))
    #expect(!result3)
  }

  @Test func `restarts a whole period apart still count together, by truncated seconds`() {
    var intensity = RestartIntensity(maxRestarts: 1, within: .seconds(5))
    let result4 = intensity.allowsRestart(at: .milliseconds(1000))
    #expect(result4)
    let result5 = intensity.allowsRestart(at: .milliseconds(6900))
    #expect(!result5)
    let result6 = intensity.allowsRestart(at: .milliseconds(12_000))
    #expect(result6)
  }

  @Test func `a limit of zero allows none`() {
    var intensity = RestartIntensity(maxRestarts: 0, within: .seconds(5))
    let result7 = intensity.allowsRestart(at: .zero)
    #expect(!result7)
  }
}

@Suite struct ChildSpecTests {
  private let spec = ChildSpec(id: "a") { _ in throw StartError.ignored }

  @Test func `restart types decide by the reason`() {
    let rows: [(ChildSpec.Restart, ExitReason, Bool)] = [
      (.permanent, .normal, true), (.permanent, .killed, true),
      (.transient, .normal, false), (.transient, .shutdown, false),
      (.transient, .shutdownWith(.custom("x")), false), (.transient, .killed, true),
      (.temporary, .killed, false), (.temporary, .normal, false),
    ]
    for (restart, reason, expected) in rows {
      #expect(spec.with(restart: restart).shouldRestart(after: reason) == expected)
    }
  }

  @Test func `a worker gets five seconds to stop, a supervisor all the time`() {
    #expect(spec.shutdown == .after(.seconds(5)))
    #expect(Supervisor.childSpec(children: []).shutdown == .infinity)
  }
}
