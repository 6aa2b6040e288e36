internal import Processes

/// Something that a thread waits for and that happens once: the end of a script, of a shutdown.
///
/// `@unchecked Sendable`: `isOpen` is touched under `room` only.
final class Gate: @unchecked Sendable {
  private let room = WaitingRoom()
  private var isOpen = false

  func open() {
    room.withLock {
      isOpen = true
      room.wakeAll()
    }
  }

  /// Blocks this thread until the gate is open; false when that took longer than `limit`.
  @discardableResult
  func wait(upTo limit: Duration? = nil) -> Bool {
    let deadline = limit.map { Lock.now + $0.clampedNanoseconds }
    return room.withLock {
      while !isOpen {
        if let deadline {
          if Lock.now >= deadline { return false }
          room.wait(until: deadline)
        } else {
          room.wait()
        }
      }
      return true
    }
  }
}

/// A thread's bell: rung by anybody, heard once however often it was rung.
///
/// `@unchecked Sendable`: `isRung` is touched under `room` only.
final class Bell: @unchecked Sendable {
  private let room = WaitingRoom()
  private var isRung = false

  func ring() {
    room.withLock {
      isRung = true
      room.wakeAll()
    }
  }

  func wait() {
    room.withLock {
      while !isRung { room.wait() }
      isRung = false
    }
  }
}
