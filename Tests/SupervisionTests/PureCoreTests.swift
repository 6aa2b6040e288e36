import Testing

@testable import Supervision

@Suite struct RestartPlanTests {
  private func plan(_ strategy: RestartStrategy) -> RestartPlan {
    var list = ChildList()
    for id in ["a", "b", "c", "d"] {
      list.append(ChildSpec(id: id) { _ in throw StartError.ignored })
    }
    return RestartPlan(strategy, failed: "b", in: list)
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

@Suite struct ChildListTests {
  private func list(_ count: Int, isSignificant: Bool = false) -> ChildList {
    var list = ChildList()
    for number in 0..<count {
      list.append(
        ChildSpec(id: "\(number)", restart: .temporary, isSignificant: isSignificant) { _ in
          throw StartError.ignored
        })
    }
    return list
  }

  private func pid(_ number: Int) -> PID { PID(serial: UInt64(number + 1), slot: 0, runtime: 1) }

  @Test func `removing leaves the others in their order and findable`() {
    var list = list(100)
    for number in 0..<100 where number % 3 != 0 { list.remove("\(number)") }
    let left = (0..<100).filter { $0 % 3 == 0 }.map { "\($0)" }
    #expect(list.order == left)
    #expect(list.count == left.count)
    #expect(left.allSatisfy { list[$0]?.spec.id == $0 })
    #expect(list["1"] == nil)
    #expect(list.order(from: "96") == ["96", "99"])
  }

  @Test(arguments: [1000, 10_000])
  func `removing all of them moves each at most once, from whichever end`(count: Int) {
    var forwards = list(count)
    for number in 0..<count { forwards.retire("\(number)") }
    var backwards = list(count)
    for number in (0..<count).reversed() { backwards.retire("\(number)") }
    #expect(forwards.order == [] && backwards.order == [])
    #expect(forwards.moves <= count)
    #expect(backwards.moves == 0)
  }

  @Test func `a removed child can be added again, behind the others`() {
    var list = list(3)
    list.remove("0")
    list.append(ChildSpec(id: "0") { _ in throw StartError.ignored })
    #expect(list.order == ["1", "2", "0"])
    #expect(list["0"]?.order == 4)
  }

  @Test func `running children are found by PID, significant ones counted`() {
    var list = list(3, isSignificant: true)
    for number in 0..<3 { list.set("\(number)", .running(pid(number))) }
    #expect(list.child(pid(1))?.spec.id == "1")
    #expect(list.significantCount == 3)
    list.set("1", .running(pid(7)))
    #expect(list.child(pid(1)) == nil)
    list.set("2", .restarting)
    list.retire("0")
    #expect(list.significantCount == 1)
    #expect(list.runningCount == 1)
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

  @Test func `the window is as wide as its seconds, not as its restarts`() {
    var intensity = RestartIntensity(maxRestarts: 1_000_000, within: .seconds(5))
    for millisecond in 0..<100_000 {
      let isAllowed = intensity.allowsRestart(at: .milliseconds(millisecond))
      #expect(isAllowed)
      if !isAllowed || intensity.width > 12 { break }
    }
    #expect(intensity.width <= 12)
    // The seconds from 94 to 99.
    #expect(intensity.count == 6000)
  }

  @Test func `counts as a list of every restart would`() {
    var intensity = RestartIntensity(maxRestarts: 4, within: .seconds(3))
    var all: [Int64] = []
    for second: Int64 in [0, 0, 1, 3, 4, 4, 4, 9, 10, 10, 13, 14, 30, 30, 30, 31, 34, 37] {
      all.append(second)
      let expected = all.filter { $0 >= second - 3 }.count
      let isAllowed = intensity.allowsRestart(at: .seconds(second))
      #expect(intensity.count == expected)
      #expect(isAllowed == (expected <= 4))
    }
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
