import Testing

@testable import Processes

@Suite struct MonitorMapTests {
  @Test(arguments: 0..<20) func `it is a dictionary, however many there are`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var map = MonitorMap<Int>()
    var model: [MonitorRef: Int] = [:]
    let most = [1, 3, 8, 9, 40][Int(seed % 5)]
    for step in 0..<500 {
      let ref = MonitorRef(number: UInt64.random(in: 1...UInt64(most * 2), using: &generator))
      if model[ref] == nil, model.count < most {
        map.insert(ref, step)
        model[ref] = step
      } else {
        #expect(map.remove(ref) == model.removeValue(forKey: ref))
      }
      #expect(map.count == model.count)
      #expect(map[ref] == model[ref])
    }
    let sorted = map.sorted
    #expect(sorted.map(\.ref) == model.keys.sorted())
    #expect(sorted.allSatisfy { model[$0.ref] == $0.value })
  }
}
