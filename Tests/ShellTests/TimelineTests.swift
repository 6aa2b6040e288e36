import Supervision
import Testing

@testable import Processes
@testable import Shell

@Suite struct TimelineTests {
  private func identity(_ serial: UInt64, _ name: String) -> ProcessIdentity {
    ProcessIdentity(
      pid: PID(serial: serial, slot: 0, runtime: 0), name: name, label: nil)
  }

  private func event(_ seconds: Int, _ kind: RuntimeEvent.Kind) -> RuntimeEvent {
    RuntimeEvent(number: 1, cause: 0, nanoseconds: Int64(seconds) * 1_000_000_000, kind: kind)
  }

  @Test func `a life goes from its start to its end, and another begins`() {
    let timeline = Timeline(
      [
        event(0, .started(identity(1, "a"), isRestart: false)),
        event(4, .exited(identity(1, "a"), .killed)),
        event(5, .started(identity(2, "a"), isRestart: true)),
        event(2, .started(identity(3, "b"), isRestart: false)),
        event(8, .exited(identity(3, "b"), .shutdown)),
      ], columns: 11, from: .zero, to: .seconds(10))
    #expect(timeline.rows.map { String($0.cells) } == ["●━━━✗●━━━━━", "  ●━━━━━┿  "])
    #expect(timeline.rows.map(\.failures) == [1, 0])
    #expect(timeline.rows.map(\.starts) == [2, 1])
  }

  @Test func `deaths in one column are counted`() {
    var events: [RuntimeEvent] = []
    for serial in 1...12 {
      events.append(event(5, .started(identity(UInt64(serial), "a"), isRestart: serial > 1)))
      events.append(event(5, .exited(identity(UInt64(serial), "a"), .killed)))
      if serial == 3 {
        let timeline = Timeline(events, columns: 11, from: .zero, to: .seconds(10))
        #expect(timeline.rows.first.map { String($0.cells) } == "     3     ")
      }
    }
    let timeline = Timeline(events, columns: 11, from: .zero, to: .seconds(10))
    #expect(timeline.rows.first.map { String($0.cells) } == "     +     ")
  }

  @Test func `who died before the window lived at its left`() {
    let timeline = Timeline(
      [event(15, .exited(identity(1, "a"), .killed))], columns: 11, from: .seconds(10),
      to: .seconds(20))
    #expect(timeline.rows.first.map { String($0.cells) } == "━━━━━✗     ")
  }

  @Test func `no event is no row, and no time is no crash`() {
    #expect(Timeline([], columns: 0, from: nil, to: .zero).rows.isEmpty)
    let timeline = Timeline(
      [event(3, .started(identity(1, "a"), isRestart: false))], columns: 5, from: nil,
      to: .seconds(3))
    #expect(timeline.rows.first.map { String($0.cells) } == "●━━━━")
  }
}
