import Testing

@testable import Processes

/// Where work and places wait: the queues, and the place for what comes next.
@Suite struct QueueTests {
  private let cells = (1...200).map { UnsafeMutableRawPointer(bitPattern: $0 * 16)! }

  private func work(_ number: Int) -> Work { .process(.fromOpaque(cells[number])) }

  private func number(_ work: Work?) -> Int? {
    guard case .process(let cell) = work else { return nil }
    return cells.firstIndex(of: cell.toOpaque())
  }

  @Test func `what went into a ring first comes out first, also when it grows around its end`() {
    var ring = Ring<Int>()
    for number in 0..<40 { ring.append(number) }
    var order: [Int?] = []
    for _ in 0..<30 { order.append(ring.popFirst()) }
    for number in 40..<200 { ring.append(number) }
    let (count, all) = (ring.count, ring.all)
    #expect(count == 170)
    #expect(all == Array(30..<200))
    while let number = ring.popFirst() { order.append(number) }
    #expect(order == Array(0..<200))
    let isEmpty = ring.isEmpty
    #expect(isEmpty)
  }

  @Test func `a ring lets go of what is still in it`() {
    final class Element {}
    weak var gone: Element?
    do {
      var ring = Ring<Element>()
      let element = Element()
      gone = element
      ring.append(element)
    }
    #expect(gone == nil)
  }

  @Test func `a queue for work grows by its owner, and keeps the order`() {
    let queue = WorkQueue()
    func push(_ number: Int) {
      while !queue.append(work(number)) { queue.grow() }
    }
    for number in 0..<40 { push(number) }
    var order: [Int?] = []
    for _ in 0..<30 { order.append(number(queue.popFirst())) }
    for number in 40..<200 { push(number) }
    let count = queue.count
    #expect(count == 170)
    while let work = queue.popFirst() { order.append(number(work)) }
    #expect(order == Array(0..<200))
    let isEmpty = queue.isEmpty
    #expect(isEmpty)
  }

  /// The owner puts in without the lock, and takes out as thieves do.
  @Test func `nothing in a queue for work is lost or taken twice`() async {
    final class Shared: Sendable {
      let queue = WorkQueue()
      let lock = Lock()
      let isOver = SharedFlag()
    }
    let (shared, total) = (Shared(), 200_000)
    let pop = { @Sendable () -> Int? in
      guard case .process(let cell) = shared.lock.withLock({ shared.queue.popFirst() }) else {
        return nil
      }
      return Int(bitPattern: cell.toOpaque()) / 16
    }
    let thieves = (0..<2).map { _ in
      Task.detached {
        var taken: [Int] = []
        while true {
          let isOver = shared.isOver.value
          if let number = pop() { taken.append(number) } else if isOver { return taken }
        }
      }
    }
    var taken: [Int] = []
    for number in 1...total {
      let work = Work.process(.fromOpaque(UnsafeMutableRawPointer(bitPattern: number * 16)!))
      while !shared.queue.append(work) { shared.lock.withLock { shared.queue.grow() } }
      if number.isMultiple(of: 3), let number = pop() { taken.append(number) }
    }
    shared.isOver.set()
    for thief in thieves {
      let theirs = await thief.value
      // Each sees the order in which they were put in.
      #expect(theirs == theirs.sorted())
      taken += theirs
    }
    #expect(taken.sorted() == Array(1...total))
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
