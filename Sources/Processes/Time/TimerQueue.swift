/// The pending timers in the order of their deadlines; equal deadlines fire in the order they were set.
///
/// A binary heap with a place for each timer, so that cancelling really removes it: a call sets a
/// timer that almost never fires, and leaving those behind would keep seconds' worth of calls alive.
struct TimerQueue<Action> {
  private struct Entry {
    var deadline: Int64
    var number: UInt64
    var action: Action

    func isBefore(_ other: Entry) -> Bool {
      (deadline, number) < (other.deadline, other.number)
    }
  }

  private var heap: [Entry] = []
  private var places: [UInt64: Int] = [:]
  private var lastNumber: UInt64 = 0

  var count: Int { heap.count }
  /// Nanoseconds on the clock of whoever filled the queue.
  var nextDeadline: Int64? { heap.first?.deadline }

  mutating func insert(deadline: Int64, _ action: Action) -> TimerRef {
    lastNumber += 1
    heap.append(Entry(deadline: deadline, number: lastNumber, action: action))
    places[lastNumber] = heap.count - 1
    siftUp(heap.count - 1)
    return TimerRef(number: lastNumber)
  }

  /// Removes a timer; nil when it has fired or was cancelled before.
  mutating func remove(_ timer: TimerRef) -> (deadline: Int64, action: Action)? {
    guard let place = places[timer.number] else { return nil }
    let entry = removeEntry(at: place)
    return (entry.deadline, entry.action)
  }

  /// Takes the first timer whose deadline is `now` or earlier.
  mutating func popDue(at now: Int64) -> Action? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    return removeEntry(at: 0).action
  }

  private mutating func removeEntry(at place: Int) -> Entry {
    let entry = heap[place]
    places[entry.number] = nil
    let last = heap.removeLast()
    if place < heap.count {
      heap[place] = last
      places[last.number] = place
      siftUp(place)
      siftDown(place)
    }
    return entry
  }

  private mutating func siftUp(_ start: Int) {
    var place = start
    while place > 0 {
      let parent = (place - 1) / 2
      guard heap[place].isBefore(heap[parent]) else { return }
      exchange(place, parent)
      place = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var place = start
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2]
      where child < heap.count && heap[child].isBefore(heap[least]) {
        least = child
      }
      if least == place { return }
      exchange(place, least)
      place = least
    }
  }

  private mutating func exchange(_ left: Int, _ right: Int) {
    heap.swapAt(left, right)
    places[heap[left].number] = left
    places[heap[right].number] = right
  }
}
