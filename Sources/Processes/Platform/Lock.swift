internal import CPlatform
internal import Synchronization

/// A mutex that owns the state it guards.
///
/// Differs from `Synchronization.Mutex` in what ThreadSanitizer makes of it: on Linux it takes the futex
/// inside `Mutex` for a race (`docs/decisions/0002-locks.md`). Not recursive: a body that
/// calls back into the same lock waits for itself, so bodies decide and callers act afterwards.
///
/// `@unchecked Sendable`: `state` is reachable through `withLock` alone, hence under the mutex.
package final class Locked<State: ~Copyable>: @unchecked Sendable {
  @exclusivity(unchecked) private var state: State
  private let lock = Lock()

  package init(_ state: consuming sending State) {
    self.state = state
  }

  package func withLock<Result, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.acquire()
    defer { lock.release() }
    return try body(&state)
  }
}

/// A bare mutex of one byte, for state that spreads over the fields of one object.
///
/// Whoever waits, spins for a moment and then lets other threads run: what it guards is brief, a few
/// loads and stores, and it lies inside the object that it guards. Nobody sleeps or calls out under it.
package struct Lock: ~Copyable, Sendable {
  private let isHeld = Atomic(false)

  package init() {}

  /// Nanoseconds of the monotonic clock, by which waiting rooms count.
  package static var now: Int64 { cplatform_now() }

  /// What a thread does between two looks at something that is about to change.
  package static func relax() { cplatform_relax(0) }

  @inline(__always)
  package func acquire() {
    if !isHeld.exchange(true, ordering: .acquiring) { return }
    acquireSlowly()
  }

  @inline(__always)
  package func release() {
    // Whatever was found under the lock is held on to before others may let it go.
    cplatform_keep_order()
    isHeld.store(false, ordering: .releasing)
  }

  @inline(never)
  private func acquireSlowly() {
    var rounds: Int32 = 0
    repeat {
      // Reading does not take the cache line from whoever is about to release.
      while isHeld.load(ordering: .relaxed) {
        cplatform_relax(rounds)
        rounds &+= 1
      }
    } while isHeld.exchange(true, ordering: .acquiring)
  }

  @inline(__always)
  package func withLock<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    acquire()
    defer { release() }
    return try body()
  }
}

/// A mutex with a condition: what a thread sleeps on until another has news.
///
/// `@unchecked Sendable`: pthread's mutexes and conditions are made to be shared; their memory never moves.
package struct WaitingRoom: ~Copyable, @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<cplatform_lock>
  private let condition: UnsafeMutablePointer<cplatform_condition>

  package init() {
    mutex = .allocate(capacity: 1)
    cplatform_lock_init(mutex)
    condition = .allocate(capacity: 1)
    cplatform_condition_init(condition)
  }

  deinit {
    cplatform_condition_destroy(condition)
    condition.deallocate()
    cplatform_lock_destroy(mutex)
    mutex.deallocate()
  }

  package func withLock<Result>(_ body: () -> Result) -> Result {
    cplatform_lock_lock(mutex)
    defer { cplatform_lock_unlock(mutex) }
    return body()
  }

  /// Sleeps until signalled. The caller holds the lock; spurious wake-ups happen.
  package func wait() { cplatform_condition_wait(condition, mutex) }

  /// Sleeps until signalled or until `deadline` in nanoseconds of the monotonic clock.
  package func wait(until deadline: Int64) {
    cplatform_condition_wait_until(condition, mutex, deadline)
  }

  package func wakeOne() { cplatform_condition_signal(condition) }
  package func wakeAll() { cplatform_condition_broadcast(condition) }
}
