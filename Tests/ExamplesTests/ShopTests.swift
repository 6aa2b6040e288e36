import Shell
import Testing

@testable import Examples

@Suite struct ShopTests {
  private func run(_ script: String, seed: UInt64) -> (succeeded: Bool, text: String) {
    let sink = MemorySink()
    let succeeded = SimulatedScript(
      input: Array(script.utf8), options: .init(), keepsGoing: false, echoes: true
    ) { ShopApplication() }.run(seed: seed, sink: sink)
    return (succeeded, sink.text)
  }

  @Test func `a shell of another application has its commands, and all of the shell's`() {
    let script = """
      sell bread 320
      sell 'brown eggs' 280
      assert total == 600
      expect-error sell milk cheap
      wait-for restarted of clerk
      assert why clerk ~ 'nobody can read the price cheap'
      assert why clerk ~ 'Shop.Clerk is back'
      assert tree ~ 'Shop.Clerk.*restarted 1×'
      sell milk 99
      assert total == 699
      assert receipt == 'bread brown eggs milk'
      kill till
      assert total == 0
      chaos --for 20s --targets clerk
      assert tree ~ 'Shop.Till'
      """
    for seed in 0..<20 as Range<UInt64> {
      let run = run(script, seed: seed)
      #expect(run.succeeded, "seed \(seed):\n\(run.text)")
      #expect(run.text.contains("shop> sell bread 320\nthat makes 320 today\n"))
    }
  }

  @Test func `the examples of its commands succeed`() {
    for command in ShopApplication().commands {
      for example in command.examples { #expect(run(example.text, seed: 1).succeeded) }
    }
    #expect(run("help sell; help", seed: 1).text.contains("sell ITEM CENTS"))
    #expect(!run("tour", seed: 1).succeeded)
  }
}
