internal import Synchronization

/// The control block of a process: mailbox, state, links, monitors.
///
/// An idle process is this object and its body, no task and no thread. It is *active* while it is in
/// the scheduler's queue or runs; only the thread that runs it touches the fields marked so.
///
/// Invariants, under `lock` unless another owner is named:
/// 1. Dead is final: from then on nothing is added to the mailbox, links or watchers.
/// 2. A process is enqueued only when it turns from idle to active: once, however many senders.
/// 3. A waiting receiver means that the inbox is empty.
/// 4. A continuation is resumed exactly once, by whoever takes it out of `receiver`, and under the lock:
///    the process, which takes the lock next, may go on before `resume` has returned.
/// 5. `share` is what this process adds to the settlement's counts; nothing once dead.
/// 6. Locks of two processes are never held together.
///
/// `@unchecked Sendable`: see the two sections of fields.
package final class ProcessCell: @unchecked Sendable {
  package let runtime: Runtime
  package let pid: PID
  /// The process that spawned it, when linked to it: Erlang's parent, whose exit signal ends servers.
  package let parent: PID?
  package let kind: ProcessKind
  package let role: String?
  let body: any ProcessBody
  private let isSilent: Bool
  /// The name it was started under, whatever it leads through.
  package let startedName: (any ProcessName)?
  let startedAt: Duration

  private let lock = Lock()

  // Under the lock.

  private enum Activity {
    case idle, active, ended
  }

  enum Wake: Sendable {
    case letters, timeout, ended
  }

  private var activity = Activity.active
  private var isBusy = true
  private var share = Settlement.Share.awake
  private var exitReason: ExitReason?
  private var inbox: [Letter] = []
  private var receivedCount = 0
  private var receiver: UnsafeContinuation<Wake, Never>?
  /// What the process waits for; more than one only when a handler's child tasks wait, too.
  private var operations: [any PendingOperation] = []
  private var trapsExits: Bool
  private var links: Set<PID> = []
  private var monitors: [MonitorRef: (pid: PID, target: Destination)] = [:]
  private var watchers: [MonitorRef: Watcher] = [:]
  /// Who waits for an answer of this process, numbered in the order they asked.
  private var callers: [ObjectIdentifier: (order: Int, operation: any PendingOperation)] = [:]
  private var callerCount = 0
  private var registeredName: String?
  private var currentLabel: String?
  private var carrier: Carrier?
  private var supervision: Supervision?
  /// What the next process spawned by this one is to be: a supervisor says so around a start.
  private var nextChild: (supervision: Supervision, isRestart: Bool)?
  private var isRestart = false
  private var hasAnnounced = false
  /// It will yet say whether it has started.
  private var isStarting: Bool
  private var suspended = false

  /// Somebody who monitors this process.
  struct Watcher {
    var pid: PID
    /// As what it is monitored: the PID, or the name it had then.
    var target: Destination
  }

  // Of the thread that runs the process.

  /// What a supervisor gives to each child's start. The process's own code.
  package var childArguments: [any Sendable] = []
  /// Whether the body is to be told of answers to calls. Set between two letters.
  @exclusivity(unchecked) package var reportsReplies = false
  private var queue = LetterQueue()
  private var hasBegun = false
  /// How many letters its code has received since it last let others have their turn.
  private var receivedInTurn = 0

  // Read by anybody.

  /// How many sleeps the process's code is in; more than one only with child tasks. Changed under the
  /// lock.
  private let sleepers = Atomic(0)
  /// How many pieces of its code wait for a thread or run; more than one only with child tasks. While
  /// one does, the process is awake, whatever its other pieces sleep for.
  private let pieces = Atomic(0)
  private let dead = Atomic(false)
  private let handledCount = Atomic(0)
  private let currentCause = Atomic<EventNumber>(0)
  private let children = Atomic(0)

  init(
    runtime: Runtime, pid: PID, parent: ProcessCell?, body: any ProcessBody, options: SpawnOptions
  ) {
    self.runtime = runtime
    self.pid = pid
    self.parent = options.isLinked ? parent?.pid : nil
    self.body = body
    kind = options.kind
    role = options.role
    isSilent = options.isSilent
    startedName = options.name
    isStarting = options.announcesItself && !options.isSilent
    trapsExits = options.isTrappingExits
    currentLabel = options.label
    startedAt = runtime.now
    if options.isLinked, let parent { links.insert(parent.pid) }
    if let peer = options.alsoLinkedTo { links.insert(peer.pid) }
    if let caller = options.caller { addCallerLocked(caller) }
    if let cause = parent?.cause { currentCause.store(cause, ordering: .relaxed) }
    if options.isLinked, let (supervision, isRestart) = parent?.takeNextChild() {
      self.supervision = supervision
      self.isRestart = isRestart
    }
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

// MARK: Running

extension ProcessCell {
  /// Runs on a worker: starts the body or hands it letters, until none is left or the turn is over.
  func run(on carrier: Carrier) async {
    guard begin(on: carrier) else { return end() }
    let context = ProcessContext(cell: self)
    if !hasBegun {
      hasBegun = true
      if let reason = await body.start(context) { return finish(reason) }
    }
    var handled = 0
    while !isDead {
      guard let letter = nextLetter() else {
        if goIdle(on: carrier) { return }
        continue
      }
      cause = letter.cause
      if let reason = await body.handle(letter, context) { return finish(reason) }
      handled += 1
      if handled == runtime.scheduler.budget {
        leave(carrier)
        lock.withLock { self.carrier = nil }
        return runtime.scheduler.enqueue(.process(self))
      }
    }
    end()
  }

  /// False when the process died while it waited for its turn.
  private func begin(on carrier: Carrier) -> Bool {
    lock.withLock {
      guard exitReason == nil else { return false }
      self.carrier = carrier
      beginPiece()
      return true
    }
  }

  /// The code has come to its end on this carrier without leaving the thread before, or it has left: then
  /// the carrier counts the piece out (its invariant 3).
  private func leave(_ carrier: Carrier) {
    if !carrier.isRetired { pieces.subtract(1, ordering: .sequentiallyConsistent) }
  }

  private func finish(_ reason: ExitReason) {
    // The code has ended by itself: what is left is not a zombie.
    lock.withLock {
      activity = .ended
      carrier = nil
    }
    runtime.end(self, reason, cause: cause)
    end()
  }

  private func end() {
    lock.withLock {
      activity = .ended
      carrier = nil
    }
    runtime.processes.forgetZombie(self)
  }

  private func nextLetter() -> Letter? {
    if queue.isEmpty { refill() }
    guard let letter = queue.popFirst() else { return nil }
    handledCount.add(1, ordering: .relaxed)
    return letter
  }

  /// Takes over what has arrived; true when that was anything.
  @discardableResult
  private func refill() -> Bool {
    lock.withLock {
      guard !inbox.isEmpty else { return false }
      queue.append(contentsOf: inbox)
      inbox.removeAll(keepingCapacity: inbox.capacity <= 64)
      return true
    }
  }

  /// Rests until the next letter; false when one has come in the meantime.
  private func goIdle(on carrier: Carrier) -> Bool {
    let (isIdle, isQuiet) = lock.withLock { () -> (Bool, Bool) in
      guard exitReason == nil, inbox.isEmpty else { return (false, false) }
      activity = .idle
      leave(carrier)
      self.carrier = nil
      return (true, countOutLocked())
    }
    if isQuiet { runtime.settlement.tellWaiters() }
    return isIdle
  }
}

// MARK: Mailbox

extension ProcessCell {
  /// What a letter about a death rests on. It is used up by the delivery, in one step, so that
  /// nothing new arrives once `unlink` or `demonitor` has returned.
  enum Bond {
    case link(PID), monitor(MonitorRef)
    /// An active monitor lets a message in and is not used up by it: Erlang's alias.
    case alias(MonitorRef)
  }

  /// Puts a letter into the mailbox; false when the process is dead or the bond is gone.
  @discardableResult
  func deliver(
    _ letter: Letter, registering caller: (any PendingOperation)? = nil, restingOn bond: Bond? = nil
  ) -> Bool {
    enum Action { case dropped, nothing, run }
    let action = lock.withLock { () -> Action in
      guard exitReason == nil else { return .dropped }
      switch bond {
      case nil: break
      case .link(let peer): guard links.remove(peer) != nil else { return .dropped }
      case .monitor(let ref):
        guard monitors.removeValue(forKey: ref) != nil else { return .dropped }
      case .alias(let ref):
        guard monitors[ref] != nil else { return .dropped }
      }
      if let caller { addCallerLocked(caller) }
      inbox.append(letter)
      receivedCount += 1
      if activity == .idle {
        activity = .active
        countInLocked()
        return .run
      }
      if let receiver {
        self.receiver = nil
        beginPiece()
        countInLocked()
        receiver.resume(returning: .letters)
      }
      return .nothing
    }
    switch action {
    case .dropped: return false
    case .nothing: break
    case .run: runtime.scheduler.enqueue(.process(self))
    }
    return true
  }

  /// Takes the first letter that `match` accepts, waiting for one if need be. The process's own code.
  ///
  /// - Returns: Nil after `timeout`.
  /// - Throws: `ProcessEnded` when the process dies meanwhile, and what `match` throws.
  func receive<Value>(
    timeout: Duration?, _ match: (Letter) throws -> Value?
  ) async throws -> Value? {
    var offset = 0
    let deadline = timeout.map { runtime.now + $0 }
    await giveTurn()
    while true {
      while offset < queue.count {
        let letter = queue[offset]
        if let value = try match(letter) {
          queue.remove(at: offset)
          receivedInTurn += 1
          handledCount.add(1, ordering: .relaxed)
          return value
        }
        offset += 1
      }
      switch await waitForLetters(until: deadline) {
      case .letters: continue
      case .timeout: return nil
      case .ended: throw ProcessEnded()
      }
    }
  }

  /// Lets others go on, when this process has received its share: one that always has letters would
  /// never suspend, and keep its worker.
  private func giveTurn() async {
    guard receivedInTurn >= runtime.scheduler.budget else { return }
    receivedInTurn = 0
    await _Concurrency.Task.yield()
  }

  /// Removes letters that have arrived already. The process's own code.
  func discardLetters(where shouldDiscard: (Letter) -> Bool) {
    refill()
    let before = queue.count
    queue.removeAll(where: shouldDiscard)
    handledCount.add(before - queue.count, ordering: .relaxed)
  }

  /// Whether a letter waits to be handled. The process's own code.
  package var hasLetters: Bool { !queue.isEmpty || lock.withLock { !inbox.isEmpty } }

  private func waitForLetters(until deadline: Duration?) async -> Wake {
    if isDead { return .ended }
    if refill() { return .letters }
    // Erlang's `after 0`: looks at what is there, and does not wait for a timer.
    if let deadline, deadline <= runtime.now { return .timeout }
    var timer: TimerRef?
    var hasWaited = false
    let wake = await withUnsafeContinuation { (continuation: UnsafeContinuation<Wake, Never>) in
      enum Action { case wait(isQuiet: Bool), resume(Wake) }
      let action = lock.withLock { () -> Action in
        if exitReason != nil { return .resume(.ended) }
        if !inbox.isEmpty { return .resume(.letters) }
        receiver = continuation
        hasWaited = true
        if let deadline {
          // Under the lock, so that the timer finds the receiver it is meant for, or none.
          timer = runtime.timers.schedule(after: deadline - runtime.now) { [weak self] in
            self?.timeOut()
          }
        }
        return .wait(isQuiet: countOutLocked())
      }
      switch action {
      case .wait(let isQuiet): if isQuiet { runtime.settlement.tellWaiters() }
      case .resume(let wake): continuation.resume(returning: wake)
      }
    }
    if hasWaited { hasResumed() }
    // A timer that fires late, into a later wait, only makes that one look at its own deadline.
    if let timer { runtime.timers.cancel(timer) }
    switch wake {
    case .letters:
      refill()
      return .letters
    case .timeout:
      if refill() { return .letters }
      if let deadline, runtime.now < deadline { return await waitForLetters(until: deadline) }
      return deadline == nil ? await waitForLetters(until: nil) : .timeout
    case .ended:
      lock.withLock {}  // invariant 4
      return .ended
    }
  }

  private func timeOut() {
    lock.withLock {
      guard let receiver else { return }
      self.receiver = nil
      beginPiece()
      countInLocked()
      receiver.resume(returning: .timeout)
    }
  }
}

// MARK: Waiting for others

extension ProcessCell {
  /// Notes what the process is about to wait for; false when the process is dead.
  func begin(_ operation: any PendingOperation) -> Bool {
    lock.withLock {
      guard exitReason == nil else { return false }
      operations.append(operation)
      return true
    }
  }

  func end(_ operation: any PendingOperation) {
    lock.withLock { operations.removeAll { $0 === operation } }
  }

  /// The process no longer waits for an answer from this one.
  func forgetCaller(_ caller: any PendingOperation) {
    lock.withLock { _ = callers.removeValue(forKey: ObjectIdentifier(caller)) }
  }

  /// Lets a pending operation end with this process; false when the process is dead.
  package func addCaller(_ caller: any PendingOperation) -> Bool {
    lock.withLock {
      guard exitReason == nil else { return false }
      addCallerLocked(caller)
      return true
    }
  }

  private func addCallerLocked(_ caller: any PendingOperation) {
    callerCount += 1
    callers[ObjectIdentifier(caller)] = (callerCount, caller)
  }

  func countIn() {
    lock.withLock { countInLocked() }
  }

  /// True when the system may be quiet: tell its waiters once no lock is held.
  func countOut() -> Bool {
    lock.withLock { countOutLocked() }
  }

  /// The process's code begins to sleep; true as `countOut`.
  func beginSleep() -> Bool {
    lock.withLock { changeShareLocked { $0.sleepers.add(1, ordering: .sequentiallyConsistent) } }
  }

  func endSleep() {
    lock.withLock {
      _ = changeShareLocked { $0.sleepers.subtract(1, ordering: .sequentiallyConsistent) }
    }
  }

  /// A piece of the process's code is about to wait for a thread, or is about to be resumed by the
  /// caller.
  func beginPiece() { pieces.add(1, ordering: .sequentiallyConsistent) }

  /// What was resumed runs, hence counts as a piece by itself.
  func hasResumed() { pieces.subtract(1, ordering: .sequentiallyConsistent) }

  /// A piece of the process's code has left its thread.
  func endPiece() {
    let rest = pieces.subtract(1, ordering: .sequentiallyConsistent).newValue
    guard rest == 0, sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    // It was awake for the sake of this piece.
    if lock.withLock({ changeShareLocked { _ in } }) { runtime.settlement.tellWaiters() }
  }

  private func countInLocked() {
    _ = changeShareLocked { $0.isBusy = true }
  }

  private func countOutLocked() -> Bool {
    changeShareLocked { $0.isBusy = false }
  }

  private func changeShareLocked(_ change: (ProcessCell) -> Void) -> Bool {
    change(self)
    let old = share
    share =
      if exitReason != nil || !isBusy {
        .none
      } else if sleepers.load(ordering: .sequentiallyConsistent) > 0,
        pieces.load(ordering: .sequentiallyConsistent) == 0
      {
        .sleeping
      } else {
        .awake
      }
    return runtime.settlement.change(from: old, to: share)
  }
}

// MARK: Links, monitors, names

extension ProcessCell {
  package var isTrappingExits: Bool {
    get { lock.withLock { trapsExits } }
    set { lock.withLock { trapsExits = newValue } }
  }

  /// Whether it handles only system messages; for tables.
  package var isSuspended: Bool {
    get { lock.withLock { suspended } }
    set { lock.withLock { suspended = newValue } }
  }

  package var name: String? { lock.withLock { registeredName } }

  package var label: String? {
    get { lock.withLock { currentLabel } }
    set { lock.withLock { currentLabel = newValue } }
  }

  /// False when the process is dead.
  func addLink(_ pid: PID) -> Bool {
    lock.withLock {
      guard exitReason == nil else { return false }
      links.insert(pid)
      return true
    }
  }

  /// Whether there was such a link.
  @discardableResult
  func removeLink(_ pid: PID) -> Bool {
    lock.withLock { links.remove(pid) != nil }
  }

  /// - Parameter target: As what it is monitored: the PID, or the name it had then.
  func addMonitor(_ ref: MonitorRef, of pid: PID, as target: Destination) {
    lock.withLock { monitors[ref] = (pid, target) }
  }

  /// Whom the monitor watched; nil when it has fired or was removed.
  func removeMonitor(_ ref: MonitorRef) -> PID? {
    lock.withLock { monitors.removeValue(forKey: ref)?.pid }
  }

  /// False when the process is dead.
  func addWatcher(_ ref: MonitorRef, _ watcher: Watcher) -> Bool {
    lock.withLock {
      guard exitReason == nil else { return false }
      watchers[ref] = watcher
      return true
    }
  }

  func removeWatcher(_ ref: MonitorRef) {
    lock.withLock { _ = watchers.removeValue(forKey: ref) }
  }

  /// Takes the name; false when the process is dead or has one.
  func takeName(_ name: String) -> Bool {
    lock.withLock {
      guard exitReason == nil, registeredName == nil else { return false }
      registeredName = name
      return true
    }
  }

  func dropName(_ name: String) {
    lock.withLock { if registeredName == name { registeredName = nil } }
  }

  /// What an exit signal from a link does, by the signal's table. The link is used up, except where
  /// the signal becomes a letter: then by the letter's delivery.
  func receiveLinkSignal(_ reason: ExitReason, from pid: PID) -> ExitSignal.Outcome {
    lock.withLock {
      // Unlinked in the meantime: nothing new may arrive.
      guard exitReason == nil, links.contains(pid) else { return .ignore }
      let outcome = ExitSignal(reason: reason, origin: .link).outcome(isTrappingExits: trapsExits)
      if outcome != .deliver { links.remove(pid) }
      return outcome
    }
  }
}

// MARK: Death

extension ProcessCell {
  /// What a dead process leaves to be told to others.
  struct Estate {
    var identity: ProcessIdentity
    var wasAnnounced: Bool
    /// It died before it could say whether it had started.
    var wasStarting: Bool
    var name: String?
    var links: [PID]
    var monitors: [(MonitorRef, PID)]
    var watchers: [(MonitorRef, Watcher)]
    var callers: [any PendingOperation]
    /// Code of the process still runs.
    var isZombie: Bool
    var resume: @Sendable () -> Void
    /// What the settlement still counts of it.
    var share: Settlement.Share
  }

  /// Makes the process dead to everybody; nil when it already was.
  func die(_ reason: ExitReason) -> Estate? {
    lock.withLock {
      guard exitReason == nil else { return nil }
      let counted = share
      share = .none
      exitReason = reason
      dead.store(true, ordering: .releasing)
      let estate = Estate(
        identity: identityLocked,
        wasAnnounced: hasAnnounced,
        wasStarting: isStarting,
        name: registeredName,
        // In order: a set's own order differs from run to run.
        links: links.sorted(),
        monitors: monitors.sorted { $0.key < $1.key }.map { ($0.key, $0.value.pid) },
        watchers: watchers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
        callers: callers.values.sorted { $0.order < $1.order }.map(\.operation),
        isZombie: activity == .active,
        resume: { [operations, carrier] in
          carrier?.task?.cancel()
          for operation in operations { operation.abandon() }
        },
        share: counted)
      if let receiver {
        self.receiver = nil
        beginPiece()
        receiver.resume(returning: .ended)
      }
      links = []
      monitors = [:]
      watchers = [:]
      callers = [:]
      inbox = []
      if activity == .idle { activity = .ended }
      return estate
    }
  }

  /// Whether code of the dead process still runs.
  var isZombie: Bool { lock.withLock { exitReason != nil && activity == .active } }
}

// MARK: Introspection

extension ProcessCell {
  package var identity: ProcessIdentity { lock.withLock { identityLocked } }

  private var identityLocked: ProcessIdentity {
    ProcessIdentity(
      pid: pid, name: registeredName, label: currentLabel,
      supervisor: supervision.map { .init(pid: $0.supervisor, name: $0.supervisorName) })
  }

  /// Says what the next linked process spawned by this one is to its supervisor.
  package func setNextChild(_ child: (supervision: Supervision, isRestart: Bool)?) {
    lock.withLock { nextChild = child }
  }

  private func takeNextChild() -> (supervision: Supervision, isRestart: Bool)? {
    lock.withLock {
      defer { nextChild = nil }
      return nextChild
    }
  }

  /// Tells the event stream that the process has started.
  package func announceStart() {
    let news = lock.withLock { () -> RuntimeEvent.Kind? in
      isStarting = false
      guard exitReason == nil, !isSilent else { return nil }
      hasAnnounced = true
      return .started(identityLocked, isRestart: isRestart)
    }
    if let news { runtime.events.emit(news, cause: cause) }
  }

  /// Tells the event stream that the process could not start, or with nil that it isn't wanted.
  package func announceFailedStart(_ reason: ExitReason?) {
    let news = lock.withLock { () -> RuntimeEvent.Kind? in
      guard exitReason == nil, isStarting else { return nil }
      isStarting = false
      return .startFailed(identityLocked, reason)
    }
    if let news { runtime.events.emit(news, cause: cause) }
  }

  /// It never runs, and nobody is to hear of it.
  func abandonStart() { lock.withLock { isStarting = false } }

  var snapshot: ProcessSnapshot {
    lock.withLock {
      let status: ProcessSnapshot.Status =
        if exitReason != nil {
          .zombie
        } else if suspended {
          .suspended
        } else if receiver != nil || !operations.isEmpty {
          .waiting
        } else if activity == .idle {
          .idle
        } else {
          .running
        }
      return ProcessSnapshot(
        pid: pid, name: registeredName, label: currentLabel, kind: kind, role: role,
        status: status, parent: parent, supervision: supervision, isSilent: isSilent,
        isTrappingExits: trapsExits,
        links: links.sorted(), monitoring: monitors.sorted { $0.key < $1.key }.map(\.value.target),
        monitoredBy: watchers.values.map(\.pid).sorted(),
        mailboxLength: max(0, receivedCount - handledCount.load(ordering: .relaxed)),
        messagesReceived: receivedCount, age: runtime.now - startedAt)
    }
  }
}

// MARK: For the behaviours

extension ProcessCell {
  /// Whether the process is dead.
  package var isEnded: Bool { isDead }

  package func forget(caller: any PendingOperation) { forgetCaller(caller) }

  /// Removes messages that have arrived already. The process's own code.
  package func discard(where shouldDiscard: (Info) -> Bool) {
    discardLetters { letter in
      if case .info(let info) = letter.content { shouldDiscard(info) } else { false }
    }
  }

  /// Puts a message of the runtime's own into the mailbox.
  package func deliverSystem(_ message: SystemMessage) {
    deliver(Letter(.system(message), cause: cause))
  }
}

extension Runtime {
  /// Ends a process that its starter gave up on; the starter is not to notice.
  package func unlinkAndKill(_ cell: ProcessCell, starter: ProcessCell?) {
    if let starter {
      starter.removeLink(cell.pid)
      cell.removeLink(starter.pid)
    }
    end(cell, .killed, cause: starter?.cause)
  }
}
