import Testing

@testable import Processes

@Suite struct PIDMapTests {
  /// A dictionary is what it should be; few PIDs, so that they meet.
  @Test func `behaves as a dictionary`() {
    for seed in 1...200 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      var (map, model) = (PIDMap<Int>(), [PID: Int]())
      for step in 0..<300 {
        let pid = PID(serial: random.next() % 40, slot: 0, runtime: 1)
        switch random.next() % 5 {
        case 0, 1:
          map[pid] = step
          model[pid] = step
        case 2:
          map[pid] = nil
          model[pid] = nil
        case 3: #expect(map.remove(pid) == model.removeValue(forKey: pid))
        default: #expect(map[pid] == model[pid] && map.contains(pid) == (model[pid] != nil))
        }
        #expect(map.count == model.count && map.isEmpty == model.isEmpty)
      }
      let entries = map.entries.sorted { $0.pid < $1.pid }
      #expect(entries.map(\.pid) == model.keys.sorted())
      #expect(entries.allSatisfy { model[$0.pid] == $0.value })
    }
  }

  @Test func `tells processes of two runtimes apart`() {
    var map = PIDMap<String>()
    map[PID(serial: 1, slot: 0, runtime: 1)] = "one"
    map[PID(serial: 1, slot: 0, runtime: 2)] = "two"
    #expect(map[PID(serial: 1, slot: 0, runtime: 1)] == "one")
    #expect(map.remove(PID(serial: 1, slot: 0, runtime: 2)) == "two")
    #expect(map.count == 1)
  }
}
