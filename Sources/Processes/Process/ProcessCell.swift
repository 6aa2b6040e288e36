internal import Synchronization

/// The control block of a process: its code, state, links, monitors.
///
/// An idle process is this object, its body and its mailbox, no task and no thread. It is *active* while it
/// is in the scheduler's queue or its code runs or is suspended; only the thread that runs it touches the
/// fields marked so.
///
/// Invariants, under `lock` unless another owner is named:
/// 1. Dead is final: from then on nothing is added to the mailbox, links or watchers.
/// 2. The mailbox says who may run the process (`Mailbox`, invariants 2 and 3): once, however many senders.
/// 3. `receiver` is set by the process's own code before it turns idle, and taken by whoever then turns it
///    active, or closes it.
/// 4. `share` is what this process adds to the settlement's counts; nothing once dead, and nothing unless
///    its handler is suspended.
/// 5. `carrier` is that of a suspended handler, until the handler has ended.
/// 6. Locks of two processes are never held together.
/// 7. The place in the table is given back once, by `endUnrun` or `end`, when no code will run any more.
///
/// `@unchecked Sendable`: see the three sections of fields.
@usableFromInline
package final class ProcessCell: @unchecked Sendable {
  @usableFromInline package let runtime: Runtime
  /// In the table's memory, which outlives the process.
  let mailbox: UnsafeMutablePointer<Mailbox>

  // The same as long as the process is there: see `moveIn`.

  @exclusivity(unchecked) @usableFromInline package private(set) var pid = PID.nobody
  /// Of the parent, which is of the same runtime; 0 for none.
  @exclusivity(unchecked) private var parentSerial: UInt64 = 0
  /// Nil for a process that is one function.
  @exclusivity(unchecked) private(set) var body: (any ProcessBody)?
  @exclusivity(unchecked) fileprivate(set) var code = ProcessCode.body
  @exclusivity(unchecked) private(set) var kind = ProcessKind.process
  @exclusivity(unchecked) private(set) var isSilent = false
  let lock = Lock()
  @exclusivity(unchecked) private var parentSlot: UInt32 = 0
  /// Nanoseconds of the runtime's coarse clock.
  @exclusivity(unchecked) private var startTime: Int64 = 0

  // Under the lock. The small ones first, here and below, so that there are no gaps.

  var trapping = ExitTrapping.never
  /// It will yet say whether it has started.
  var isStarting = false
  var hasAnnounced = false
  var suspended = false
  var isRestart = false
  var isLinkedToParent = false
  /// Whether `waiter` is that of its calls, kept and retained from one to the next.
  @exclusivity(unchecked) var isWaiterKept = false
  var share = Settlement.Share.none
  var order: Int32 = 0
  var restarts: Int32 = 0
  var exitReason: ExitReason?
  var carrier: Carrier?
  /// What the process waits for, unless that is free; more than one only when a handler's child tasks wait, too.
  @exclusivity(unchecked) var waiter: Unmanaged<Waiter>?
  var tags: ProcessTags?
  var supervision: Supervision?
  /// Links and monitors, but for the link with its parent; nil when there are none.
  var bonds: Bonds?
  /// What few processes have.
  var extras: Extras?

  /// Whether exit signals reach it as letters.
  enum ExitTrapping {
    case never, before, now
  }

  // Of the thread that runs the process.

  /// Whether the body is to be told of answers to calls. Set between two letters.
  @exclusivity(unchecked) package var reportsReplies = false
  @exclusivity(unchecked) var hasBegun = false
  /// Whether `extras` has what its beginning left to do.
  @exclusivity(unchecked) var isBeginning = false
  /// How many letters its code has received, and processes it has spawned, since it last let others have their turn.
  @exclusivity(unchecked) var doneInTurn: Int32 = 0
  @exclusivity(unchecked) var queue = LetterQueue()
  /// See invariant 3.
  @exclusivity(unchecked) var receiver: UnsafeContinuation<Wake, Never>?

  @usableFromInline
  enum Wake: Sendable {
    case letters, timeout, ended
  }

  // Read by anybody.

  /// Whether the process's code waits for an answer, in `waiter`. Written by turns, by who begins that wait
  /// and who ends it, so without a read-modify-write; as is the next.
  let isCalling = Atomic(false)
  /// Whether it waits for a letter, in `receive`.
  let isParked = Atomic(false)
  /// Somebody who resumes `receiver` has yet to come back from that.
  let isResuming = Atomic(false)
  /// Whether `share` is anything.
  let hasShare = Atomic(false)
  let dead = Atomic(false)
  /// What its code is about: see `Occasion`. Written by that code only, so no read-modify-write.
  private let currentOccasion = Atomic(Occasion.none.rawValue)
  /// For how many answers it waits besides: with child tasks.
  let otherWaits = Atomic<Int32>(0)
  /// How many sleeps it is in.
  let sleepers = Atomic<Int32>(0)
  private let children = Atomic<Int32>(0)
  let handledCount = Atomic(0)
  private let currentCause = Atomic<EventNumber>(0)

  /// For processes of `runtime` whose mailbox is this. Nobody's before `moveIn`.
  init(_ runtime: Runtime, mailbox: UnsafeMutablePointer<Mailbox>) {
    self.runtime = runtime
    self.mailbox = mailbox
  }

  deinit {
    if isWaiterKept, let waiter { drop(waiter) }
  }

  /// What few processes have, apart, so that the others are small. Under the process's lock.
  final class Extras {
    /// The name it was started under, whatever it leads through.
    let startedName: StartName?
    /// What runs, for tables, if the body doesn't say.
    let role: String?
    /// What the next process spawned by this one is to be: a supervisor says so around a start.
    var nextChild: ChildPlace?
    /// What a supervisor gives to each child's start.
    var childArguments: [any Sendable] = []
    /// What it waits for besides `waiter`: with child tasks.
    var moreOperations: [Waiter] = []
    /// What its beginning left to do. Of the thread that runs the process.
    var continuation: LetterContinuation?

    init(startedName: StartName? = nil, role: String? = nil) {
      self.startedName = startedName
      self.role = role
    }
  }

  /// Under the lock.
  var ensuredExtras: Extras {
    if let extras { return extras }
    let new = Extras()
    extras = new
    return new
  }

  /// The process that spawned it, when linked to it: Erlang's parent, whose exit signal ends servers.
  package var parent: PID? {
    parentSerial == 0 ? nil : PID(serial: parentSerial, slot: parentSlot, runtime: pid.runtime)
  }

  /// When it was spawned, by the runtime's clock, or up to a tick of 4 ms before.
  var startedAt: Duration { .nanoseconds(startTime) }

  /// Of a process that has a body.
  package var bodyAddress: UnsafeRawPointer {
    UnsafeRawPointer(Unmanaged.passUnretained(body.unsafelyUnwrapped as AnyObject).toOpaque())
  }

  var isDead: Bool { dead.load(ordering: .acquiring) }

  /// How many children a supervisor has; it keeps this up to date for tables and reports.
  package var childCount: Int {
    get { Int(children.load(ordering: .relaxed)) }
    set { children.store(Int32(clamping: newValue), ordering: .relaxed) }
  }

  @usableFromInline
  package var occasion: Occasion {
    get { Occasion(rawValue: currentOccasion.load(ordering: .relaxed)) ?? .none }
    set { currentOccasion.store(newValue.rawValue, ordering: .relaxed) }
  }

  /// The event that led to what the process does now; 0 for none.
  var causeNumber: EventNumber {
    get { currentCause.load(ordering: .relaxed) }
    set { currentCause.store(newValue, ordering: .relaxed) }
  }

  /// The same; nil for none.
  package var cause: EventNumber? {
    get {
      let number = causeNumber
      return number == 0 ? nil : number
    }
    set { causeNumber = newValue ?? 0 }
  }
}

// MARK: One process after another

extension Unmanaged<ProcessCell> {
  /// The same as a process's `moveIn`, for one of one function.
  ///
  /// - Parameter code: Taken out.
  func moveIn(_ pid: PID, _ code: inout ProcessCode, at time: Int64, cause: EventNumber) {
    _withUnsafeGuaranteedRef { cell in
      cell.moveIn(pid, .body, of: nil, at: time, cause: cause)
      // Handed over, not copied: nothing is counted.
      swap(&cell.code, &code)
      // Its end is an event in any case; its start is, if it does not die before (`EventLog.emitStart`).
      cell.hasAnnounced = true
    }
  }
}

extension ProcessCell {
  /// Makes it the control block of a process that nobody knows yet, and that is linked to nobody.
  ///
  /// - Parameters:
  ///   - time: Nanoseconds of the runtime's clock; the coarse one will do.
  ///   - cause: The event that led to its start; 0 for none.
  @inline(__always)
  func moveIn(
    _ pid: PID, _ code: consuming ProcessCode, of body: (any ProcessBody)?, at time: Int64,
    cause: EventNumber
  ) {
    self.pid = pid
    self.body = body
    self.code = code
    startTime = time
    currentCause.store(cause, ordering: .relaxed)
  }

  /// Says the rest of it.
  ///
  /// - Parameters:
  ///   - parent: Whoever spawns it, when linked with it and of this runtime.
  ///   - place: What it is among the children of its supervisor.
  func moveIn(
    with options: borrowing SpawnOptions, parent: PID?, place: consuming ChildPlace?
  ) {
    kind = options.kind
    isSilent = options.isSilent
    isStarting = options.announcesItself && !options.isSilent
    trapping = options.isTrappingExits ? .now : .never
    if let parent {
      isLinkedToParent = true
      parentSerial = parent.serial
      parentSlot = parent.slot
    }
    if let place {
      supervision = place.supervision
      order = Int32(clamping: place.order)
      restarts = Int32(clamping: place.restarts)
      isRestart = place.isRestart
    }
    if options.label != nil { tags = ProcessTags(name: nil, label: options.label) }
    if options.name != nil || options.role != nil {
      extras = Extras(startedName: options.name, role: options.role)
    }
    if let peer = options.alsoLinkedTo { insertLink(peer.pid) }
  }

  /// The function without `async` that it runs, if it does: taken out, and gone once it has run.
  func takeDirectFunction() -> (@Sendable (ProcessContext) throws -> Void)? {
    code.takeDirectFunction()
  }

  /// Makes it as it was before `moveIn`. The process is dead, its code has ended, and nobody else holds the object.
  ///
  /// - Parameter isPlain: It has ended plainly, and refers to nothing: see `endPlainly`.
  func moveOut(isPlain: Bool) {
    if !isPlain {
      // Before it is no longer dead: what is let go of may run code.
      if isWaiterKept, let waiter { drop(waiter) }
      (waiter, carrier, body) = (nil, nil, nil)
      code = .body
      (tags, supervision, bonds, extras) = (nil, nil, nil, nil)
    }
    exitReason = nil
    (parentSerial, parentSlot, kind, isSilent) = (0, 0, .process, false)
    (trapping, isStarting, hasAnnounced, suspended) = (.never, false, false, false)
    (isRestart, isLinkedToParent, isWaiterKept, order, restarts) = (false, false, false, 0, 0)
    (reportsReplies, hasBegun, isBeginning, doneInTurn) = (false, false, false, 0)
    currentOccasion.store(Occasion.none.rawValue, ordering: .relaxed)
    children.store(0, ordering: .relaxed)
    handledCount.store(0, ordering: .relaxed)
    dead.store(false, ordering: .relaxed)
  }
}
