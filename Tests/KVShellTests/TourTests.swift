import KVShell
import Testing

@Suite struct TourTests {
  @Test func `the whole walk is as it is told, under many schedules`() {
    for seed in 0..<30 as Range<UInt64> {
      let run = Simulated("tour --auto", seed: seed)
      #expect(run.succeeded, "seed \(seed): \(run.errors)")
      #expect(run.text.contains("15 of 15"))
    }
  }

  @Test func `a script needs no --auto`() {
    #expect(Simulated("tour").text == Simulated("tour --auto").text)
  }

  @Test func `a step that is not as it is told ends the walk, and is named`() {
    let run = Simulated("suspend registry\ntour --auto")
    #expect(!run.succeeded)
    #expect(
      run.errors.contains(
        "step 2 of the tour is not as it is told: `create shopping` failed."))
    #expect(!run.text.contains("3 of 15"))
  }

  @Test func `the walk begins anywhere`() {
    // In a script, steps are shown one by one when they are asked for by number.
    let run = Simulated(
      "tour 7\ncrash bucket garden\nbuckets\nwhy\ntour back\ntour skip\ntour stop\ntour 99\ntour x")
    #expect(run.text.contains("7 of 15"))
    #expect(run.text.contains("8 of 15"))
    #expect(!run.text.contains("not what this step is meant to show"))
    #expect(run.errors.contains("tour takes a number from 1 to 15, not `99`"))
    #expect(run.errors.contains("not `x`"))
  }
}
