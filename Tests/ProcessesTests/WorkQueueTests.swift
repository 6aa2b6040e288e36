import Testing

@testable import Processes

/// Where work waits: the queue, and the place for what comes next.
@Suite struct WorkQueueTests {
  private let cells = (1...200).map { UnsafeMutableRawPointer(bitPattern: $0 * 16)! }

  private func work(_ number: Int) -> Work { .process(.fromOpaque(cells[number])) }

  private func number(_ work: Work?) -> Int? {
    guard case .process(let cell) = work else { return nil }
    return cells.firstIndex(of: cell.toOpaque())
  }

  @Test func `what went in first comes out first, also when the ring grows around its end`() {
    var queue = WorkQueue()
    for number in 0..<40 { queue.append(work(number)) }
    var order: [Int?] = []
    for _ in 0..<30 { order.append(number(queue.popFirst())) }
    for number in 40..<200 { queue.append(work(number)) }
    let count = queue.count
    #expect(count == 170)
    while let work = queue.popFirst() { order.append(number(work)) }
    #expect(order == Array(0..<200))
    let isEmpty = queue.isEmpty
    #expect(isEmpty)
  }

  @Test func `the next place holds one piece of work, until it is taken`() {
    let place = NextPlace()
    let first = place.fill(with: work(1))
    let second = place.fill(with: work(2))
    #expect(first)
    #expect(!second)
    let (one, none) = (number(place.empty()), number(place.empty()))
    #expect(one == 1)
    #expect(none == nil)
    let third = place.fill(with: work(3))
    #expect(third)
    let isFilled = place.isFilled
    #expect(isFilled)
  }
}
