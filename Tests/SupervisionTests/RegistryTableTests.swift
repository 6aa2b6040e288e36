import Testing

@testable import Supervision

@Suite struct RegistryTableTests {
  private typealias Table = RegistryTable<String, Int>

  private func pid(_ number: Int) -> PID { PID(serial: UInt64(number + 1), slot: 0, runtime: 1) }
  private var owner: PID { pid(1_000_000) }

  @Test(arguments: [1000, 10_000], [false, true])
  func `processes under one key that end move the others about once in all`(
    count: Int, isBackwards: Bool
  ) {
    var table = Table()
    for number in 0..<count { table.insert("all", number, pid(number), owner: owner) }
    var moves = 0
    for number in 0..<count {
      table.remove(pid(isBackwards ? count - 1 - number : number))
      if number < count - 1 { moves = table.moves }
    }
    #expect(table.all.isEmpty)
    #expect(moves <= count)
  }

  @Test func `what is left keeps its order, whatever was removed`() {
    var table = Table()
    for number in 0..<50 { table.insert("all", number, pid(number), owner: owner) }
    for number in 0..<50 where number % 7 != 0 { table.remove("all", pid(number)) }
    table.insert("all", 99, pid(1), owner: owner)
    #expect(table.entries("all").map(\.value) == [0, 7, 14, 21, 28, 35, 42, 49, 99])
    #expect(table.entry("all", of: pid(1))?.value == 99)
    #expect(table.entry("all", of: pid(2)) == nil)
  }

  @Test func `the newest of a process's entries leaves first, the oldest is the one to change`() {
    var table = Table()
    for value in [1, 2, 3] { table.insert("a", value, pid(0), owner: owner) }
    table.insert("b", 4, pid(0), owner: owner)
    let removed = table.removeLast("a", pid(0))
    #expect(removed)
    #expect(table.entries("a").map(\.value) == [1, 2])
    if let number = table.entry("a", of: pid(0))?.number { table.update("a", number, to: 10) }
    #expect(table.entries(of: pid(0)).map(\.entry.value) == [10, 2, 4])
    table.remove("a", pid(0))
    let again = table.removeLast("a", pid(0))
    #expect(!again)
    #expect(table.entries(of: pid(0)).map(\.key) == ["b"])
    table.remove(pid(0))
    #expect(table.entries("b").isEmpty)
  }
}
