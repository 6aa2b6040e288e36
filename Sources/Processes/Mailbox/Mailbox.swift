internal import Synchronization

/// Where a process is found: its mailbox and whose it is, in memory that outlives the process.
///
/// Mailboxes stay where they are as long as their runtime lives and serve one process after another, so a
/// sender needs no hold on the receiver: it looks at the mailbox that the PID names, and puts its letter in
/// by one compare-and-swap, which fails if the process has died in the meantime.
///
/// Invariants:
/// 1. `word` holds the youngest letter's address, the state, how many letters there are, up to 15, and how often
///    the mailbox has changed hands. The last makes a sender fail that still means the process before.
/// 2. *Idle* means that nobody runs the process, it is in no queue, and there is no letter. Only who turns it
///    to *active* may enqueue it: one sender, or the process's death.
/// 3. *Closed* is final for a process. Who closes an idle mailbox has to do what is left; else whoever runs
///    the process, or takes it out of the queue, has to, and finds it closed.
/// 4. `serial` and `cell` are changed under the table's lock for the slot, and only while closed.
/// 5. `callers`, under their lock, wait for the process that the mailbox is of, or have called it and may again:
///    nobody is added once it is closed, and its death takes all out after closing. So a letter that is accepted for a
///    caller that was added before finds it still there.
/// 6. Letters beyond 15 are counted in `surplus`, by the sender after it has put its own in, and by the process
///    when it takes them out; so it may be behind for a moment, also below zero.
struct Mailbox: ~Copyable {
  private let word = Atomic<UInt64>(State.closed.rawValue)
  /// Whose mailbox it is; 0 for nobody's.
  let serial = Atomic<UInt64>(0)
  private let taken = Atomic<Int>(0)
  private let surplus = Atomic<Int>(0)
  /// The process, retained by the table. See invariant 4.
  var cell: Unmanaged<ProcessCell>?
  private let callerLock = Lock()
  private let callers = CallerList()

  enum State: UInt64 {
    case idle = 0, active = 1, closed = 2
  }

  private static let stateMask: UInt64 = 3
  /// 44 bits of an address, whose lowest four are zero.
  private static let addressMask: UInt64 = 0x0000_FFFF_FFFF_FFF0
  private static let one: UInt64 = 1 << 48
  private static let countMask: UInt64 = 15 * one
  private static let generation: UInt64 = 1 << 52
  private static let generationMask: UInt64 = ~(generation - 1)

  private static func state(_ word: UInt64) -> State {
    State(rawValue: word & stateMask) ?? .closed
  }

  private static func youngest(_ word: UInt64) -> LetterNode? {
    UnsafeMutableRawPointer(bitPattern: UInt(word & addressMask)).map(LetterNode.init(base:))
  }

  private static func address(_ node: LetterNode) -> UInt64 {
    let address = UInt64(UInt(bitPattern: node.base))
    precondition(address & ~addressMask == 0, "an address of more than 48 bits")
    return address
  }
}

// MARK: Anybody

extension Mailbox {
  enum Delivery {
    /// The process is dead; the letter is still the sender's.
    case refused
    case accepted
    /// Accepted, and the caller is to enqueue the process.
    case acceptedByIdle(Unmanaged<ProcessCell>)
  }

  /// Puts a letter in, for the process of this number.
  @inline(__always)
  func deliver(_ node: LetterNode, to process: UInt64) -> Delivery {
    var old = word.load(ordering: .acquiring)
    let address = Self.address(node)
    while true {
      // In this order. Should the mailbox change hands after the load, the exchange fails; had it changed
      // before, the number tells.
      guard Self.state(old) != .closed, serial.load(ordering: .acquiring) == process else {
        return .refused
      }
      node.next = Self.youngest(old)
      let isFull = old & Self.countMask == Self.countMask
      let kept = old & (Self.generationMask | Self.countMask)
      let new = (isFull ? kept : kept + Self.one) | address | State.active.rawValue
      let (exchanged, original) = word.weakCompareExchange(
        expected: old, desired: new, ordering: .acquiringAndReleasing)
      if exchanged {
        if isFull { surplus.add(1, ordering: .relaxed) }
        guard Self.state(old) == .idle, let cell else { return .accepted }
        return .acceptedByIdle(cell)
      }
      old = original
    }
  }

  var state: State { Self.state(word.load(ordering: .acquiring)) }

  /// How many letters have been put in, for tables.
  var receivedCount: Int {
    let count = Int((word.load(ordering: .relaxed) & Self.countMask) / Self.one)
    return taken.load(ordering: .relaxed) + count + max(0, surplus.load(ordering: .relaxed))
  }
}

// MARK: Who waits for the process

extension Mailbox {
  /// Puts a letter in for somebody who waits for the answer: the wait ends with the process, unless it is
  /// forgotten.
  func deliver(_ node: LetterNode, to process: UInt64, for caller: Waiter) -> Delivery {
    callerLock.acquire()
    defer { callerLock.release() }
    // First, since the answer may come at once; and nobody ends it before the lock is free.
    callers.append(caller)
    let delivery = deliver(node, to: process)
    if case .refused = delivery { callers.remove(caller) }
    return delivery
  }

  /// Lets a wait end with the process; false when that is dead.
  func add(_ caller: Waiter, to process: UInt64) -> Bool {
    callerLock.acquire()
    defer { callerLock.release() }
    callers.append(caller)
    // A change, though of nothing: see `hasCallers`.
    let old = word.bitwiseOr(0, ordering: .acquiringAndReleasing).oldValue
    if Self.state(old) != .closed, serial.load(ordering: .acquiring) == process { return true }
    callers.remove(caller)
    return false
  }

  /// The caller waits for this process no longer. Does nothing when the process has died, whoever has the
  /// mailbox now.
  func forget(_ caller: Waiter) {
    callerLock.acquire()
    callers.remove(caller)
    callerLock.release()
  }

  /// Whether anybody waits. After closing, without the lock: who adds itself does so before it looks whether the mailbox
  /// is closed, and if it was not, closing has seen that.
  var hasCallers: Bool { !callers.isEmpty }

  /// Takes out everybody who waits. After closing.
  func takeCallers() -> [Waiter] {
    callerLock.acquire()
    defer { callerLock.release() }
    return callers.removeAll()
  }
}

// MARK: The process itself

extension Mailbox {
  enum Contents {
    case none, closed
    /// Linked from the youngest to the oldest.
    case letters(LetterNode)
  }

  /// Takes everything out. To be followed by `countTaken`.
  @inline(__always)
  func takeAll() -> Contents {
    var old = word.load(ordering: .acquiring)
    while true {
      if Self.state(old) == .closed { return .closed }
      guard let youngest = Self.youngest(old) else { return .none }
      let new = (old & Self.generationMask) | State.active.rawValue
      let (exchanged, original) = word.weakCompareExchange(
        expected: old, desired: new, ordering: .acquiringAndReleasing)
      if exchanged { return .letters(youngest) }
      old = original
    }
  }

  /// So many letters have been taken out at once.
  func countTaken(_ count: Int) {
    // Written by the process only, so no read-modify-write.
    taken.store(taken.load(ordering: .relaxed) + count, ordering: .relaxed)
    if count > 15 { surplus.subtract(count - 15, ordering: .relaxed) }
  }

  /// Turns active to idle; false when there are letters or it is closed.
  func rest() -> Bool {
    let old = word.load(ordering: .relaxed)
    guard Self.state(old) == .active, Self.youngest(old) == nil else { return false }
    return word.compareExchange(
      expected: old, desired: old & Self.generationMask, ordering: .acquiringAndReleasing
    ).exchanged
  }

  var hasLetters: Bool { Self.youngest(word.load(ordering: .relaxed)) != nil }
}

// MARK: Death and birth

extension Mailbox {
  /// Closes; returns whether it was idle and what was left inside. Once, by the process's death.
  func close() -> (wasIdle: Bool, letters: LetterNode?) {
    var old = word.load(ordering: .relaxed)
    while true {
      let new = (old & Self.generationMask) | State.closed.rawValue
      let (exchanged, original) = word.weakCompareExchange(
        expected: old, desired: new, ordering: .acquiringAndReleasing)
      if exchanged { return (Self.state(old) == .idle, Self.youngest(old)) }
      old = original
    }
  }

  /// Opens for a new process, which is active until it has run.
  func open(for process: UInt64) {
    taken.store(0, ordering: .relaxed)
    surplus.store(0, ordering: .relaxed)
    serial.store(process, ordering: .releasing)
    let old = word.load(ordering: .relaxed)
    word.store(
      (old & Self.generationMask) &+ Self.generation | State.active.rawValue, ordering: .releasing)
  }
}
