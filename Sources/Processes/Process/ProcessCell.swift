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
  @usableFromInline package let pid: PID
  /// Of the parent, which is of the same runtime; 0 for none.
  private let parentSerial: UInt64
  private let parentSlot: UInt32
  let kind: ProcessKind
  let isSilent: Bool
  let lock = Lock()
  let body: any ProcessBody
  let step: LetterStep?
  /// Nanoseconds of the runtime's coarse clock.
  private let startTime: Int64
  /// In the table's memory, which outlives the process.
  let mailbox: UnsafeMutablePointer<Mailbox>

  // Under the lock. The small ones first, here and below, so that there are no gaps.

  var trapsExits: Bool
  /// It will yet say whether it has started.
  var isStarting: Bool
  var hasAnnounced = false
  var suspended = false
  var isRestart = false
  var isLinkedToParent: Bool
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

  // Of the thread that runs the process.

  /// Whether the body is to be told of answers to calls. Set between two letters.
  @exclusivity(unchecked) package var reportsReplies = false
  @exclusivity(unchecked) var hasBegun = false
  /// Whether `extras` has what its beginning left to do.
  @exclusivity(unchecked) var isBeginning = false
  /// How many letters its code has received since it last let others have their turn.
  @exclusivity(unchecked) var receivedInTurn: Int32 = 0
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

  /// - Parameters:
  ///   - parent: Whoever spawns it, when linked with it and of this runtime.
  ///   - place: What it is among the children of its supervisor.
  ///   - cause: The event that led to its start; 0 for none.
  init(
    runtime: Runtime, pid: PID, mailbox: UnsafeMutablePointer<Mailbox>, parent: PID?,
    place: consuming ChildPlace?, cause: EventNumber, body: any ProcessBody, step: LetterStep?,
    options: borrowing SpawnOptions
  ) {
    self.runtime = runtime
    self.pid = pid
    self.mailbox = mailbox
    self.body = body
    self.step = step
    kind = options.kind
    isSilent = options.isSilent
    isStarting = options.announcesItself && !options.isSilent
    trapsExits = options.isTrappingExits
    startTime = runtime.timers.coarseNanoseconds
    isLinkedToParent = parent != nil
    parentSerial = parent?.serial ?? 0
    parentSlot = parent?.slot ?? 0
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
    currentCause.store(cause, ordering: .relaxed)
    if let peer = options.alsoLinkedTo { insertLink(peer.pid) }
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

  deinit {
    if isWaiterKept, let waiter { drop(waiter) }
  }

  /// When it was spawned, by the runtime's clock, or up to a tick of 4 ms before.
  var startedAt: Duration { .nanoseconds(startTime) }

  package var bodyAddress: UnsafeRawPointer {
    UnsafeRawPointer(Unmanaged.passUnretained(body as AnyObject).toOpaque())
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

  /// The event that led to what the process does now; nil when nothing did.
  package var cause: EventNumber? {
    get {
      let number = currentCause.load(ordering: .relaxed)
      return number == 0 ? nil : number
    }
    set { currentCause.store(newValue ?? 0, ordering: .relaxed) }
  }
}
