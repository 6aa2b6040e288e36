import Processes
import Testing

@testable import Processes

@Suite struct ExitSignalTests {
  typealias Row = (
    ExitReason, ExitSignal.Origin, trapping: ExitSignal.Outcome, not: ExitSignal.Outcome
  )

  @Test func `exit signals do what Erlang's table says`() {
    let rows: [Row] = [
      (.kill, .request, .terminate(.killed), .terminate(.killed)),
      (.kill, .requestToSelf, .terminate(.killed), .terminate(.killed)),
      (.kill, .link, .deliver, .terminate(.kill)),
      (.killed, .link, .deliver, .terminate(.killed)),
      (.normal, .request, .deliver, .ignore),
      (.normal, .link, .deliver, .ignore),
      (.normal, .requestToSelf, .deliver, .terminate(.normal)),
      (.shutdown, .link, .deliver, .terminate(.shutdown)),
      (.custom("boom"), .request, .deliver, .terminate(.custom("boom"))),
    ]
    for (reason, origin, trapping, not) in rows {
      let signal = ExitSignal(reason: reason, origin: origin)
      #expect(signal.outcome(isTrappingExits: true) == trapping, "\(reason) \(origin)")
      #expect(signal.outcome(isTrappingExits: false) == not, "\(reason) \(origin)")
    }
  }
}
