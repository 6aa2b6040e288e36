internal import CPlatform

/// A mutex that owns the state it guards.
///
/// Differs from `Synchronization.Mutex` in resting on pthreads: on Linux ThreadSanitizer takes the
/// futex inside `Mutex` for a race (`docs/decisions/0002-locks.md`). Not recursive: a body that
/// calls back into the same lock waits for itself, so bodies decide and callers act afterwards.
///
/// `@unchecked Sendable`: `state` is reachable through `withLock` alone, hence under the mutex.
package final class Locked<State>: @unchecked Sendable {
  private var state: State
  private let lock = Lock()

  package init(_ state: sending State) {
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

/// A bare mutex, for state that spreads over the fields of one object.
///
/// `@unchecked Sendable`: a pthread mutex is made to be shared; its memory never moves.
package struct Lock: ~Copyable, @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<cplatform_lock>

  package init() {
    mutex = .allocate(capacity: 1)
    cplatform_lock_init(mutex)
  }

  deinit {
    cplatform_lock_destroy(mutex)
    mutex.deallocate()
  }

  /// Nanoseconds of the monotonic clock, by which waiting rooms count.
  package static var now: Int64 { cplatform_now() }

  package func acquire() { cplatform_lock_lock(mutex) }
  package func release() { cplatform_lock_unlock(mutex) }

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
/// `@unchecked Sendable` for the same reason as `Lock`.
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
