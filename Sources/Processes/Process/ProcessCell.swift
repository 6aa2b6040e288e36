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
  /// The process that spawned it, when linked to it: Erlang's parent, whose exit signal ends servers.
  package let parent: PID?
  package let kind: ProcessKind
  package let role: String?
  let body: any ProcessBody
  let step: LetterStep?
  /// Where `body` is, for `step`.
  package let bodyAddress: UnsafeRawPointer
  let isSilent: Bool
  let startedAt: Duration
  /// In the table's memory, which outlives the process.
  let mailbox: UnsafeMutablePointer<Mailbox>

  let lock = Lock()

  // Under the lock.

  var exitReason: ExitReason?
  var share = Settlement.Share.none
  var carrier: Carrier?
  /// What the process waits for; more than one only when a handler's child tasks wait, too.
  @exclusivity(unchecked) var operation: Unmanaged<Waiter>?
  /// The waiter of its last call, for the next.
  @exclusivity(unchecked) var spareWaiter: Waiter?
  var trapsExits: Bool
  var links = PIDSet()
  var monitors: [MonitorRef: (pid: PID, target: Destination)] = [:]
  var watchers: [MonitorRef: Watcher] = [:]
  var registeredName: String?
  var currentLabel: String?
  var supervision: Supervision?
  var order: Int32 = 0
  var restarts: Int32 = 0
  var isRestart = false
  /// What few processes have.
  var extras: Extras?
  var hasAnnounced = false
  /// It will yet say whether it has started.
  var isStarting: Bool
  var suspended = false

  /// Somebody who monitors this process.
  struct Watcher {
    var pid: PID
    /// As what it is monitored: the PID, or the name it had then.
    var target: Destination
  }

  // Of the thread that runs the process.

  /// Whether the body is to be told of answers to calls. Set between two letters.
  @exclusivity(unchecked) package var reportsReplies = false
  @exclusivity(unchecked) var queue = LetterQueue()
  @exclusivity(unchecked) var hasBegun = false
  /// What `runNow` left for `run`.
  @exclusivity(unchecked) var remains = Remains.nothing
  /// How many letters its code has received since it last let others have their turn.
  @exclusivity(unchecked) var receivedInTurn = 0
  /// See invariant 3.
  @exclusivity(unchecked) var receiver: UnsafeContinuation<Wake, Never>?

  enum Remains {
    case nothing
    case letter(LetterNode)
    case unfinished(LetterContinuation)
  }

  @usableFromInline
  enum Wake: Sendable {
    case letters, timeout, ended
  }

  // Read by anybody.

  /// Whether the process's code waits for an answer, in `operation`. Written by turns, by who begins that wait
  /// and who ends it, so without a read-modify-write; as is the next.
  let isCalling = Atomic(false)
  /// Whether it waits for a letter, in `receive`.
  let isParked = Atomic(false)
  /// For how many answers it waits besides: with child tasks.
  let otherWaits = Atomic(0)
  /// How many sleeps it is in.
  let sleepers = Atomic(0)
  /// Somebody who resumes `receiver` has yet to come back from that.
  let isResuming = Atomic(false)
  /// Whether `share` is anything.
  let hasShare = Atomic(false)
  let dead = Atomic(false)
  let handledCount = Atomic(0)
  private let currentCause = Atomic<EventNumber>(0)
  private let children = Atomic(0)

  init(
    runtime: Runtime, pid: PID, mailbox: UnsafeMutablePointer<Mailbox>, parent: ProcessCell?,
    body: any ProcessBody, options: SpawnOptions
  ) {
    self.runtime = runtime
    self.pid = pid
    self.mailbox = mailbox
    self.parent = options.isLinked ? parent?.pid : nil
    self.body = body
    bodyAddress = UnsafeRawPointer(Unmanaged.passUnretained(body as AnyObject).toOpaque())
    step = options.step
    kind = options.kind
    role = options.role
    isSilent = options.isSilent
    if let name = options.name { extras = Extras(startedName: name) }
    isStarting = options.announcesItself && !options.isSilent
    trapsExits = options.isTrappingExits
    currentLabel = options.label
    startedAt = runtime.now
    if options.isLinked, let parent { links.insert(parent.pid) }
    if let peer = options.alsoLinkedTo { links.insert(peer.pid) }
    if let cause = parent?.cause { currentCause.store(cause, ordering: .relaxed) }
    if options.isLinked, let place = parent?.takeNextChild() {
      supervision = place.supervision
      order = Int32(clamping: place.order)
      restarts = Int32(clamping: place.restarts)
      isRestart = place.isRestart
    }
  }

  /// What few processes have, apart, so that the others are small. Under the process's lock.
  final class Extras {
    /// The name it was started under, whatever it leads through.
    let startedName: (any ProcessName)?
    /// What the next process spawned by this one is to be: a supervisor says so around a start.
    var nextChild: ChildPlace?
    /// What a supervisor gives to each child's start.
    var childArguments: [any Sendable] = []
    /// What it waits for besides `operation`: with child tasks.
    var moreOperations: [Waiter] = []

    init(startedName: (any ProcessName)? = nil) { self.startedName = startedName }
  }

  /// Under the lock.
  var ensuredExtras: Extras {
    if let extras { return extras }
    let new = Extras()
    extras = new
    return new
  }

  var isDead: Bool { dead.load(ordering: .acquiring) }

  /// How many children a supervisor has; it keeps this up to date for tables and reports.
  package var childCount: Int {
    get { children.load(ordering: .relaxed) }
    set { children.store(newValue, ordering: .relaxed) }
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
