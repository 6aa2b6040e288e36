import Testing

/// Chaos as fast as it is asked for, in virtual time.
@Suite struct ChaosTests {
  private static let script = "create a b c\nchaos --rate 100 --for 10s\ntree\nstats\n"

  @Test func `a hundred kills a second are as many, and leave a tree that works`() {
    let run = Simulated(Self.script + "create after\nput k v\nassert get k == v\n", seed: 3)
    #expect(run.succeeded, "\(run.errors)")
    #expect(run.text.contains("1000 kills in 10.00 s, seed 3: "))
    // Each fourth failure within five seconds ends the application, and chaos starts it again.
    #expect(run.text.contains(/kv stopped [0-9]{3} times and was started again/))
    #expect(run.text.contains("lost: a, b, c, which nobody has started again"))
    // Nothing is left behind by those that are gone.
    #expect(run.text.contains(/processes +3\n/))
    #expect(run.text.contains(/zombies +0\n/))
  }

  @Test func `the same seed makes the same chaos`() {
    #expect(Simulated(Self.script, seed: 3).text == Simulated(Self.script, seed: 3).text)
    #expect(Simulated(Self.script, seed: 3).text != Simulated(Self.script, seed: 4).text)
  }
}
