internal import Synchronization

/// Who waits for a process, or has called it and may again, in the order they came.
///
/// The links are the waiters' own. All under the lock of whoever has the list. Nothing is retained: a waiter
/// leaves before it goes (`Waiter`'s `deinit` looks).
///
/// The two words are atomic though the lock orders them: so changing the list is no change of the mailbox that it
/// lies in, whose other words others may touch meanwhile.
struct CallerList: ~Copyable {
  private let firstWord = Atomic<UInt>(0)
  private let lastWord = Atomic<UInt>(0)

  private var first: Unmanaged<Waiter>? {
    get { Self.waiter(firstWord.load(ordering: .relaxed)) }
    nonmutating set { firstWord.store(Self.word(newValue), ordering: .relaxed) }
  }

  private var last: Unmanaged<Waiter>? {
    get { Self.waiter(lastWord.load(ordering: .relaxed)) }
    nonmutating set { lastWord.store(Self.word(newValue), ordering: .relaxed) }
  }

  private static func waiter(_ word: UInt) -> Unmanaged<Waiter>? {
    UnsafeRawPointer(bitPattern: word).map(Unmanaged.fromOpaque)
  }

  private static func word(_ waiter: Unmanaged<Waiter>?) -> UInt {
    waiter.map { UInt(bitPattern: $0.toOpaque()) } ?? 0
  }

  var isEmpty: Bool { firstWord.load(ordering: .relaxed) == 0 }

  func append(_ waiter: Waiter) {
    let entry = Unmanaged.passUnretained(waiter)
    let last = last
    waiter.isCaller = true
    waiter.callerLinks = Waiter.Links(next: nil, previous: last)
    if let last {
      last._withUnsafeGuaranteedRef { $0.callerLinks.next = entry }
    } else {
      first = entry
    }
    self.last = entry
  }

  /// Takes it out, if it is in.
  func remove(_ waiter: Waiter) {
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

  /// Takes all out, and returns those who are in a call. O(those who have called last this process, and live).
  func removeAll() -> [Waiter] {
    var all: [Waiter] = []
    while let first {
      first._withUnsafeGuaranteedRef { waiter in
        if !waiter.isFree.load(ordering: .acquiring) { all.append(waiter) }
        remove(waiter)
      }
    }
    return all
  }
}
