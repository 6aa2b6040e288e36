/// Who waits for a process, in the order they began to.
///
/// The links are the waiters' own. All under the lock of whoever has the list. Nothing is retained: a waiter
/// leaves before it goes (`Waiter`'s `deinit` looks).
struct CallerList {
  private var first: Unmanaged<Waiter>?
  private var last: Unmanaged<Waiter>?

  mutating func append(_ waiter: Waiter) {
    let entry = Unmanaged.passUnretained(waiter)
    waiter.isCaller = true
    waiter.callerLinks = Waiter.Links(next: nil, previous: last)
    if let last {
      last._withUnsafeGuaranteedRef { $0.callerLinks.next = entry }
    } else {
      first = entry
    }
    last = entry
  }

  /// Takes it out, if it is in.
  mutating func remove(_ waiter: Waiter) {
    guard waiter.isCaller else { return }
    waiter.isCaller = false
    let links = waiter.callerLinks
    if let previous = links.previous {
      previous._withUnsafeGuaranteedRef { $0.callerLinks.next = links.next }
    } else {
      first = links.next
    }
    if let next = links.next {
      next._withUnsafeGuaranteedRef { $0.callerLinks.previous = links.previous }
    } else {
      last = links.previous
    }
  }

  /// Takes all out.
  mutating func removeAll() -> [Waiter] {
    var all: [Waiter] = []
    while let waiter = first?.takeUnretainedValue() {
      all.append(waiter)
      remove(waiter)
    }
    return all
  }
}
