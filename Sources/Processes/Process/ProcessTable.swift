internal import Synchronization

/// All living processes of a runtime, by PID, and the zombies.
///
/// Sharded by slot, so that two threads seldom meet. A PID names its slot, and the number in it tells
/// whether the slot still holds that process.
final class ProcessTable: Sendable {
  private struct Shard {
    var cells: [ProcessCell?] = []
    var free: [UInt32] = []
    var zombies: [PID: ProcessCell] = [:]
  }

  private static let shardCount: UInt32 = 16
  private let shards: [Locked<Shard>]
  private let lastSerial = Atomic<UInt64>(0)
  private let runtimeNumber: UInt32

  init(runtimeNumber: UInt32) {
    self.runtimeNumber = runtimeNumber
    shards = (0..<Self.shardCount).map { _ in Locked(Shard()) }
  }

  /// Gives a new process its PID and keeps what `make` builds for it.
  func insert(_ make: (PID) -> ProcessCell) -> ProcessCell {
    let serial = lastSerial.add(1, ordering: .relaxed).newValue
    let shardIndex = UInt32(serial % UInt64(Self.shardCount))
    let shard = shards[Int(shardIndex)]
    let place = shard.withLock { shard -> UInt32 in
      if let place = shard.free.popLast() { return place }
      shard.cells.append(nil)
      return UInt32(shard.cells.count - 1)
    }
    let cell = make(
      PID(serial: serial, slot: place * Self.shardCount + shardIndex, runtime: runtimeNumber))
    shard.withLock { $0.cells[Int(place)] = cell }
    return cell
  }

  func find(_ pid: PID) -> ProcessCell? {
    guard pid.runtime == runtimeNumber else { return nil }
    return shards[Int(pid.slot % Self.shardCount)].withLock { shard in
      let place = Int(pid.slot / Self.shardCount)
      guard place < shard.cells.count, let cell = shard.cells[place], cell.pid == pid else {
        return nil
      }
      return cell
    }
  }

  /// The process with this number, as a person types it. O(processes).
  func find(serial: UInt64) -> ProcessCell? {
    for shard in shards {
      if let cell = shard.withLock({ $0.cells.first { $0?.pid.serial == serial } ?? nil }) {
        return cell
      }
    }
    return nil
  }

  func remove(_ cell: ProcessCell, isZombie: Bool) {
    let slot = cell.pid.slot
    shards[Int(slot % Self.shardCount)].withLock { shard in
      shard.cells[Int(slot / Self.shardCount)] = nil
      shard.free.append(slot / Self.shardCount)
      if isZombie { shard.zombies[cell.pid] = cell }
    }
    // Its code may have ended between its death and this entry; then nobody else would remove it.
    if isZombie, !cell.isZombie { forgetZombie(cell) }
  }

  /// The code of a dead process has ended.
  func forgetZombie(_ cell: ProcessCell) {
    shards[Int(cell.pid.slot % Self.shardCount)].withLock { shard in
      guard !shard.zombies.isEmpty else { return }
      shard.zombies[cell.pid] = nil
    }
  }

  /// Every living process and every zombie, oldest first.
  var all: [ProcessCell] {
    shards.flatMap { shard in
      shard.withLock { $0.cells.compactMap(\.self) + Array($0.zombies.values) }
    }.sorted { $0.pid < $1.pid }
  }

  var count: Int {
    shards.reduce(0) { sum, shard in sum + shard.withLock { $0.cells.count - $0.free.count } }
  }
}
