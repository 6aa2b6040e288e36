import KV
import Testing

/// Applications that do not stop in order.
@Suite struct HangingTests {
  @Test(arguments: Variant.allCases)
  func `a tree whose root hung is gone, names and all, before the next one starts`(
    _ variant: Variant
  ) {
    for seed in 0..<30 as Range<UInt64> {
      let run = Simulated(
        "create a; hang supervisor; variant \(variant.rawValue); create b; assert buckets == b",
        seed: seed, keepsGoing: false)
      #expect(run.succeeded, "seed \(seed): \(run.text)")
    }
  }

  @Test func `what hangs below a hanging root is killed as well`() {
    let run = Simulated(
      """
      create a; hang bucket a; hang registry; hang bucket-supervisor; hang supervisor
      variant one_for_one; create b; assert buckets == b
      assert ps --all ~ zombie

      """, keepsGoing: false)
    #expect(run.succeeded, "\(run.text)")
  }
}
