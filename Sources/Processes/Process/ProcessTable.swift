internal import CPlatform
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
/// 3. A place that is nobody's may keep the control block of its last process, which nobody else holds, for the next.
///    `serial` tells whether what lies there is a process.
/// 4. A place that was given back waits for its next process (`TablePlaces`), so that a mailbox changes hands seldom: a
///    sender that was interrupted in the middle of its work must not find the very same word again (`Mailbox`,
///    invariant 1).
final class ProcessTable: @unchecked Sendable {
  private typealias Segment = UnsafeMutablePointer<Mailbox>

  /// The first four segments have so many places together, as a power of two.
  private static let firstBits = 6
  private static let lockCount = 16
  private static let lockStride = 64
  private let segments: UnsafeMutablePointer<Atomic<UnsafeMutableRawPointer?>>
  private static let segmentCount = (32 - firstBits) * 4
  private let places = Locked(TablePlaces())
  /// How many processes have died.
  private let ended = Atomic(0)
  /// Each in a cache line of its own.
  private let locks: UnsafeMutablePointer<Lock>
  private let index = Locked<SerialIndex?>(nil)
  private let isIndexed = Atomic(false)
  /// How often all places were looked through for one process.
  let searches = Atomic(0)
  private let runtimeNumber: UInt32

  init(runtimeNumber: UInt32) {
    self.runtimeNumber = runtimeNumber
    locks = .allocate(capacity: Self.lockCount * Self.lockStride)
    for index in 0..<Self.lockCount * Self.lockStride { (locks + index).initialize(to: Lock()) }
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
    locks.deinitialize(count: Self.lockCount * Self.lockStride)
    locks.deallocate()
  }

  // MARK: Places

  /// The mailbox of a place, which was given out once.
  @inline(__always)
  private func mailbox(_ place: UInt32) -> UnsafeMutablePointer<Mailbox>? {
    let (index, offset) = Self.locate(place)
    guard index < Self.segmentCount, let raw = segments[index].load(ordering: .acquiring) else {
      return nil
    }
    return raw.assumingMemoryBound(to: Mailbox.self) + offset
  }

  /// Four segments for each doubling, so that at most a fifth of the places have never been used.
  @inline(__always)
  private static func locate(_ place: UInt32) -> (segment: Int, offset: Int) {
    let number = Int(place) + 1 << firstBits
    let bits = Int.bitWidth - 1 - number.leadingZeroBitCount
    let size = 1 << (bits - 2)
    return ((bits - firstBits) * 4 + number >> (bits - 2) & 3, number & (size - 1))
  }

  private static func size(ofSegment index: Int) -> Int { 1 << (index / 4 + firstBits - 2) }

  /// A control block in a place of its own, and a PID, for a process that is about to be inserted.
  func takePlace(for runtime: Runtime) -> (pid: PID, cell: Unmanaged<ProcessCell>) {
    let (serial, place, mailbox) = places.withLock { places in
      let (place, serial) = places.take()
      let (index, offset) = Self.locate(place)
      precondition(index < Self.segmentCount, "more than four billion processes")
      if let raw = segments[index].load(ordering: .acquiring) {
        return (serial, place, raw.assumingMemoryBound(to: Mailbox.self) + offset)
      }
      let count = Self.size(ofSegment: index)
      // Each in a cache line of its own: neighbours may be busy on two workers.
      let segment = UnsafeMutableRawPointer.allocate(
        byteCount: count * MemoryLayout<Mailbox>.stride, alignment: 64
      ).bindMemory(to: Mailbox.self, capacity: count)
      for place in 0..<count { (segment + place).initialize(to: Mailbox()) }
      segments[index].store(UnsafeMutableRawPointer(segment), ordering: .releasing)
      return (serial, place, segment + offset)
    }
    let pid = PID(serial: serial, slot: place, runtime: runtimeNumber)
    // The place is the caller's alone.
    if let spare = mailbox.pointee.cell { return (pid, spare) }
    // There are more processes than ever.
    if place % 128 == 127 { cplatform_reserve() }
    let new = Unmanaged.passRetained(ProcessCell(runtime, mailbox: mailbox))
    mailbox.pointee.cell = new
    return (pid, new)
  }

  private func withLock<Result>(_ place: UInt32, _ body: () -> Result) -> Result {
    locks[Int(place) % Self.lockCount * Self.lockStride].withLock(body)
  }

  // MARK: Processes

  /// Makes it a process that others can find, and opens its mailbox.
  func insert(_ cell: ProcessCell) {
    let isIndexed = withLock(cell.pid.slot) {
      cell.mailbox.pointee.open(for: cell.pid.serial)
      return self.isIndexed.load(ordering: .relaxed)
    }
    if isIndexed { note(cell.pid) }
  }

  /// The mailbox that a process has, or had: that is for who puts something in to find out.
  @inline(__always)
  func mailbox(of pid: PID) -> UnsafeMutablePointer<Mailbox>? {
    pid.runtime == runtimeNumber ? mailbox(pid.slot) : nil
  }

  /// Puts a letter into the mailbox of a process.
  @inline(__always)
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
  func countOut() { ended.add(1, ordering: .relaxed) }

  /// The process is dead and its code has ended: lets it go, and its place with it.
  ///
  /// - Parameter hasEndedPlainly: It refers to nothing: see `endPlainly`.
  func remove(_ cell: ProcessCell, hasEndedPlainly: Bool) {
    let (pid, mailbox) = (cell.pid, cell.mailbox)
    // From now on nobody finds it any more.
    withLock(pid.slot) { mailbox.pointee.serial.store(0, ordering: .relaxed) }
    // Final by now: its code has ended.
    let handled = cell.handledCount.load(ordering: .relaxed)
    let isSpare = mailbox.pointee.cell?.isUnique ?? false
    if isSpare { cell.moveOut(isPlain: hasEndedPlainly) }
    let gone = places.withLock { places -> Unmanaged<ProcessCell>? in
      places.handledByGone += handled
      let isKept = places.giveBack(pid.slot) && isSpare
      return isKept ? nil : Self.takeCell(of: mailbox)
    }
    gone?.release()
  }

  /// No place keeps a control block any more: these hold the runtime, which holds the table.
  func dropSpares() {
    let spares = places.withLock { places -> [Unmanaged<ProcessCell>] in
      places.keepsSpares = false
      return places.recent.all.compactMap { mailbox($0).flatMap(Self.takeCell) }
    }
    for spare in spares { spare.release() }
  }

  /// Takes the control block out of nobody's place.
  private static func takeCell(of mailbox: UnsafeMutablePointer<Mailbox>) -> Unmanaged<ProcessCell>?
  {
    let cell = mailbox.pointee.cell
    // Stored, not changed in place: that would be an access to the whole mailbox, whose words others may look at.
    mailbox.pointee.cell = nil
    return cell
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
      let cell = withLock(place) {
        mailbox.pointee.serial.load(ordering: .relaxed) == 0
          ? nil : mailbox.pointee.cell?.takeUnretainedValue()
      }
      if let cell { body(cell) }
    }
  }

  /// How many processes live.
  var count: Int {
    // In this order, so that the difference is never less than nothing.
    let ended = ended.load(ordering: .acquiring)
    return Int(places.withLock { $0.lastSerial }) - ended
  }
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
