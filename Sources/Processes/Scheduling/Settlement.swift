internal import Synchronization

/// Knows when nothing more can happen by itself.
///
/// *Busy* is a process that has letters to handle, runs, sleeps in the runtime or awaits something
/// foreign; a death whose signals are on their way; a timer that is firing. *Not busy* is a process
/// that waits in receive or for a reply, a zombie, a pending timer. The system is settled when nobody
/// is busy, which is one load to find out.
///
/// Whoever passes work on counts the receiver in before it counts itself out, so the count does not
/// touch zero while anything is under way.
///
/// Invariants:
/// 1. `busy` is the number of busy processes, waves and firing timers.
/// 2. A waiter is registered before it looks at `busy` again, and `leave` looks for waiters after it
///    reached zero (both sequentially consistent): one of the two sees the other.
final class Settlement: Sendable {
  private let busy = Atomic(0)
  private let waiterCount = Atomic(0)
  private let waiters = Locked([Pending<Bool>]())

  var isSettled: Bool { busy.load(ordering: .sequentiallyConsistent) == 0 }

  func enter() {
    busy.add(1, ordering: .sequentiallyConsistent)
  }

  /// Counts somebody out; the caller must hold no lock, since waiters are told.
  func leave() {
    if countOut() { tellWaiters() }
  }

  /// Counts somebody out. When this returns true, `tellWaiters` is to follow once no lock is held.
  func countOut() -> Bool {
    busy.subtract(1, ordering: .sequentiallyConsistent).newValue == 0
  }

  func tellWaiters() {
    guard waiterCount.load(ordering: .sequentiallyConsistent) > 0, isSettled else { return }
    let told = waiters.withLock { waiters in
      defer { waiters = [] }
      waiterCount.store(0, ordering: .sequentiallyConsistent)
      return waiters
    }
    for waiter in told { waiter.resolve(.value(true)) }
  }

  /// Registers a waiter; it is told when the system is settled, at once if it is already.
  func register(_ waiter: Pending<Bool>) {
    waiters.withLock { waiters in
      waiters.append(waiter)
      waiterCount.store(waiters.count, ordering: .sequentiallyConsistent)
    }
    tellWaiters()
  }

  func forget(_ waiter: Pending<Bool>) {
    waiters.withLock { waiters in
      waiters.removeAll { $0 === waiter }
      waiterCount.store(waiters.count, ordering: .sequentiallyConsistent)
    }
  }
}
