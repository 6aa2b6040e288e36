internal import Synchronization

/// All living processes of a runtime, by PID, and the zombies: who lives in which mailbox.
///
/// A PID names its place in the table, and the number in it tells whether the place still is that
/// process's. Places lie in segments, ever larger ones, which never move: a sender
/// finds a mailbox without a lock.
///
/// Unsafe code. Its argument: segments are published once, by a releasing store, and freed with the table,
/// which the runtime owns; a place's process is retained by the place, and whoever wants to hold on to it
/// does so under the place's lock, under which it is let go, too.
///
/// Invariants:
/// 1. A place is given out once until it is given back, and given back once, when its process is dead and
///    its code has ended (`remove`).
/// 2. While `isIndexed`, each process that moves in is noted in `index`. That is looked at under the place's lock:
///    who moves in before it is set is found by whoever sets it and then looks through the places.
/// 3. A place that was given back waits until `reserve` others have been, so that a mailbox changes hands
///    seldom: a sender that was interrupted in the middle of its work must not find the very same word
///    again (`Mailbox`, invariant 1).
final class ProcessTable: @unchecked Sendable {
  private typealias Segment = UnsafeMutablePointer<Mailbox>

  private struct Places {
    var given = 0
    /// A ring: places that were given back, in that order.
    var free: [UInt32] = Array(repeating: 0, count: 512)
    var firstFree = 0
    var freeCount = 0
    /// How many letters those have handled who are gone.
    var handledByGone = 0

    mutating func take(reserve: Int) -> UInt32 {
      guard freeCount > reserve else {
        given += 1
        return UInt32(given - 1)
      }
      let place = free[firstFree]
      firstFree = (firstFree + 1) & (free.count - 1)
      freeCount -= 1
      return place
    }

    mutating func giveBack(_ place: UInt32) {
      if freeCount == free.count {
        free =
          Array(free[firstFree...] + free[..<firstFree]) + Array(repeating: 0, count: free.count)
        firstFree = 0
      }
      free[(firstFree + freeCount) & (free.count - 1)] = place
      freeCount += 1
    }
  }

  /// The first four segments have so many places together, as a power of two.
  private static let firstBits = 6
  private static let reserve = 256
  private static let lockCount = 16

  private let segments: UnsafeMutablePointer<Atomic<UnsafeMutableRawPointer?>>
  private static let segmentCount = (32 - firstBits) * 4
  private let places = Locked(Places())
  private let locks: [PlaceLock]
  private let lastSerial = Atomic<UInt64>(0)
  private let living = Atomic(0)
  private let index = Locked<SerialIndex?>(nil)
  private let isIndexed = Atomic(false)
  /// How often all places were looked through for one process.
  let searches = Atomic(0)
  private let runtimeNumber: UInt32

  private final class PlaceLock: Sendable {
    let lock = Lock()
  }

  init(runtimeNumber: UInt32) {
    self.runtimeNumber = runtimeNumber
    locks = (0..<Self.lockCount).map { _ in PlaceLock() }
    segments = .allocate(capacity: Self.segmentCount)
    for index in 0..<Self.segmentCount { (segments + index).initialize(to: Atomic(nil)) }
  }

  deinit {
    for index in 0..<Self.segmentCount {
      guard let raw = segments[index].load(ordering: .relaxed) else { break }
      let count = Self.size(ofSegment: index)
      let segment = raw.assumingMemoryBound(to: Mailbox.self)
      for place in 0..<count { segment[place].cell?.release() }
      segment.deinitialize(count: count)
      segment.deallocate()
    }
    segments.deinitialize(count: Self.segmentCount)
    segments.deallocate()
  }

  // MARK: Places

  /// The mailbox of a place, which was given out once.
  private func mailbox(_ place: UInt32) -> UnsafeMutablePointer<Mailbox>? {
    let (index, offset) = Self.locate(place)
    guard index < Self.segmentCount, let raw = segments[index].load(ordering: .acquiring) else {
      return nil
    }
    return raw.assumingMemoryBound(to: Mailbox.self) + offset
  }

  /// Four segments for each doubling, so that at most a fifth of the places have never been used.
  private static func locate(_ place: UInt32) -> (segment: Int, offset: Int) {
    let number = Int(place) + 1 << firstBits
    let bits = Int.bitWidth - 1 - number.leadingZeroBitCount
    let size = 1 << (bits - 2)
    return ((bits - firstBits) * 4 + number >> (bits - 2) & 3, number & (size - 1))
  }

  private static func size(ofSegment index: Int) -> Int { 1 << (index / 4 + firstBits - 2) }

  /// A PID and a mailbox for a process that is about to be inserted.
  func takePlace() -> (pid: PID, mailbox: UnsafeMutablePointer<Mailbox>) {
    let serial = lastSerial.add(1, ordering: .relaxed).newValue
    let (place, mailbox) = places.withLock { places in
      let place = places.take(reserve: Self.reserve)
      let (index, offset) = Self.locate(place)
      precondition(index < Self.segmentCount, "more than four billion processes")
      if let raw = segments[index].load(ordering: .acquiring) {
        return (place, raw.assumingMemoryBound(to: Mailbox.self) + offset)
      }
      let count = Self.size(ofSegment: index)
      // Each in a cache line of its own: neighbours may be busy on two workers.
      let segment = UnsafeMutableRawPointer.allocate(
        byteCount: count * MemoryLayout<Mailbox>.stride, alignment: 64
      ).bindMemory(to: Mailbox.self, capacity: count)
      for place in 0..<count { (segment + place).initialize(to: Mailbox()) }
      segments[index].store(UnsafeMutableRawPointer(segment), ordering: .releasing)
      return (place, segment + offset)
    }
    return (PID(serial: serial, slot: place, runtime: runtimeNumber), mailbox)
  }

  private func withLock<Result>(_ place: UInt32, _ body: () -> Result) -> Result {
    locks[Int(place) % Self.lockCount].lock.withLock(body)
  }

  // MARK: Processes

  /// Keeps a process that was made with a fresh PID and its mailbox, and opens that.
  func insert(_ cell: ProcessCell) {
    living.add(1, ordering: .relaxed)
    let isIndexed = withLock(cell.pid.slot) {
      cell.mailbox.pointee.cell = .passRetained(cell)
      cell.mailbox.pointee.open(for: cell.pid.serial)
      return self.isIndexed.load(ordering: .relaxed)
    }
    if isIndexed { note(cell.pid) }
  }

  /// The mailbox that a process has, or had: that is for who puts something in to find out.
  func mailbox(of pid: PID) -> UnsafeMutablePointer<Mailbox>? {
    pid.runtime == runtimeNumber ? mailbox(pid.slot) : nil
  }

  /// Puts a letter into the mailbox of a process.
  func deliver(_ node: LetterNode, to pid: PID) -> Mailbox.Delivery {
    guard pid.runtime == runtimeNumber, let mailbox = mailbox(pid.slot) else { return .refused }
    return mailbox.pointee.deliver(node, to: pid.serial)
  }

  /// The process, if it is alive.
  func find(_ pid: PID) -> ProcessCell? {
    guard pid.runtime == runtimeNumber, let mailbox = mailbox(pid.slot) else { return nil }
    return withLock(pid.slot) {
      guard mailbox.pointee.serial.load(ordering: .relaxed) == pid.serial,
        mailbox.pointee.state != .closed
      else { return nil }
      return mailbox.pointee.cell?.takeUnretainedValue()
    }
  }

  /// The process has died: it counts no more, but keeps its place until its code has ended.
  func countOut() { living.subtract(1, ordering: .relaxed) }

  /// The process is dead and its code has ended: lets it go, and its place with it.
  func remove(_ cell: ProcessCell) {
    let place = cell.pid.slot
    let reference = withLock(place) {
      let reference = cell.mailbox.pointee.cell
      cell.mailbox.pointee.cell = nil
      cell.mailbox.pointee.serial.store(0, ordering: .relaxed)
      return reference
    }
    // Final by now: its code has ended.
    let handled = cell.handledCount.load(ordering: .relaxed)
    places.withLock { places in
      places.giveBack(place)
      places.handledByGone += handled
    }
    reference?.release()
  }

  /// Every living process and every zombie, oldest first.
  var all: [ProcessCell] {
    var cells: [ProcessCell] = []
    visit { cells.append($0) }
    return cells.sorted { $0.pid < $1.pid }
  }

  /// How many letters those have handled who are in the table no more.
  var handledByGone: Int { places.withLock { $0.handledByGone } }

  func visit(_ body: (ProcessCell) -> Void) {
    let given = places.withLock { $0.given }
    for place in 0..<UInt32(given) {
      guard let mailbox = mailbox(place) else { return }
      if let cell = withLock(place, { mailbox.pointee.cell?.takeUnretainedValue() }) { body(cell) }
    }
  }

  /// How many processes live.
  var count: Int { living.load(ordering: .relaxed) }
}

// MARK: By number

extension ProcessTable {
  /// The living process with this number, as a person types it. O(processes), but only the first time in as
  /// many starts of processes (`SerialIndex`).
  func find(serial: UInt64) -> ProcessCell? {
    let known = index.withLock { index in
      index.flatMap { $0.isComplete ? .some($0[serial]) : nil }
    }
    let place = known ?? searchAll()[serial]
    return place.flatMap { find(PID(serial: serial, slot: $0, runtime: runtimeNumber)) }
  }

  /// Looks through all places, and begins an index with what is there.
  private func searchAll() -> [UInt64: UInt32] {
    index.withLock { index in
      if index == nil { index = SerialIndex() }
      isIndexed.store(true, ordering: .relaxed)
    }
    searches.add(1, ordering: .relaxed)
    var found: [UInt64: UInt32] = [:]
    visit { cell in found[cell.pid.serial] = cell.pid.slot }
    index.withLock { $0?.complete(with: found) }
    return found
  }

  private func note(_ pid: PID) {
    index.withLock { index in
      guard index?.note(pid.serial, at: pid.slot) == false else { return }
      index = nil
      isIndexed.store(false, ordering: .relaxed)
    }
  }
}
