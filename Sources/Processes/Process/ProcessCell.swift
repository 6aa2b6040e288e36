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
/// 4. A continuation is resumed exactly once, by whoever takes it out of `receiver`.
/// 5. `isBusy` says whether this process is counted in the settlement; false once dead.
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
  private var exitReason: ExitReason?
  private var inbox: [Letter] = []
  private var receivedCount = 0
  private var receiver: UnsafeContinuation<Wake, Never>?
  /// What the process waits for; more than one only when a handler's child tasks wait, too.
  private var operations: [any PendingOperation] = []
  private var trapsExits: Bool
  private var links: Set<PID> = []
  private var monitors: [MonitorRef: PID] = [:]
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

  /// Somebody who monitors this process.
  struct Watcher {
    var pid: PID
    /// As what it is monitored: the PID, or the name it had then.
    var target: Destination
  }

  // Of the thread that runs the process.

  private var queue = LetterQueue()
  private var hasBegun = false

  // Read by anybody.

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
    trapsExits = options.isTrappingExits
    currentLabel = options.label
    startedAt = runtime.now
    if options.isLinked, let parent { links.insert(parent.pid) }
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
  /// How many letters a process may handle before others get their turn.
  private static let budget = 256

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
        if goIdle() { return }
        continue
      }
      cause = letter.cause
      if let reason = await body.handle(letter, context) { return finish(reason) }
      handled += 1
      if handled == Self.budget {
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
      return true
    }
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
  private func goIdle() -> Bool {
    let (isIdle, isSettled) = lock.withLock { () -> (Bool, Bool) in
      guard exitReason == nil, inbox.isEmpty else { return (false, false) }
      activity = .idle
      carrier = nil
      return (true, countOutLocked())
    }
    if isSettled { runtime.settlement.tellWaiters() }
    return isIdle
  }
}

// MARK: Mailbox

extension ProcessCell {
  /// What a letter about a death rests on. It is used up by the delivery, in one step, so that
  /// nothing new arrives once `unlink` or `demonitor` has returned.
  enum Bond {
    case link(PID), monitor(MonitorRef)
  }

  /// Puts a letter into the mailbox; false when the process is dead or the bond is gone.
  @discardableResult
  func deliver(
    _ letter: Letter, registering caller: (any PendingOperation)? = nil, restingOn bond: Bond? = nil
  ) -> Bool {
    enum Action { case dropped, nothing, run, resume(UnsafeContinuation<Wake, Never>) }
    let action = lock.withLock { () -> Action in
      guard exitReason == nil else { return .dropped }
      switch bond {
      case nil: break
      case .link(let peer): guard links.remove(peer) != nil else { return .dropped }
      case .monitor(let ref):
        guard monitors.removeValue(forKey: ref) != nil else { return .dropped }
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
        countInLocked()
        return .resume(receiver)
      }
      return .nothing
    }
    switch action {
    case .dropped: return false
    case .nothing: break
    case .run: runtime.scheduler.enqueue(.process(self))
    case .resume(let receiver): receiver.resume(returning: .letters)
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
    while true {
      while offset < queue.count {
        let letter = queue[offset]
        if let value = try match(letter) {
          queue.remove(at: offset)
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
    var timer: TimerRef?
    let wake = await withUnsafeContinuation { (continuation: UnsafeContinuation<Wake, Never>) in
      enum Action { case wait(isSettled: Bool), resume(Wake) }
      let action = lock.withLock { () -> Action in
        if exitReason != nil { return .resume(.ended) }
        if !inbox.isEmpty { return .resume(.letters) }
        receiver = continuation
        if let deadline {
          // Under the lock, so that the timer finds the receiver it is meant for, or none.
          timer = runtime.timers.schedule(after: deadline - runtime.now) { [weak self] in
            self?.timeOut()
          }
        }
        return .wait(isSettled: countOutLocked())
      }
      switch action {
      case .wait(let isSettled): if isSettled { runtime.settlement.tellWaiters() }
      case .resume(let wake): continuation.resume(returning: wake)
      }
    }
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
      return .ended
    }
  }

  private func timeOut() {
    let waiting = lock.withLock { () -> UnsafeContinuation<Wake, Never>? in
      guard let receiver else { return nil }
      self.receiver = nil
      countInLocked()
      return receiver
    }
    waiting?.resume(returning: .timeout)
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

  /// True when the system may have settled: tell its waiters once no lock is held.
  func countOut() -> Bool {
    lock.withLock { countOutLocked() }
  }

  private func countInLocked() {
    guard exitReason == nil, !isBusy else { return }
    isBusy = true
    runtime.settlement.enter()
  }

  private func countOutLocked() -> Bool {
    guard isBusy else { return false }
    isBusy = false
    return runtime.settlement.countOut()
  }
}

// MARK: Links, monitors, names

extension ProcessCell {
  package var isTrappingExits: Bool {
    get { lock.withLock { trapsExits } }
    set { lock.withLock { trapsExits = newValue } }
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

  func addMonitor(_ ref: MonitorRef, of pid: PID) {
    lock.withLock { monitors[ref] = pid }
  }

  /// Whom the monitor watched; nil when it has fired or was removed.
  func removeMonitor(_ ref: MonitorRef) -> PID? {
    lock.withLock { monitors.removeValue(forKey: ref) }
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
    var name: String?
    var links: [PID]
    var monitors: [(MonitorRef, PID)]
    var watchers: [(MonitorRef, Watcher)]
    var callers: [any PendingOperation]
    /// Code of the process still runs.
    var isZombie: Bool
    var resume: @Sendable () -> Void
    var wasBusy: Bool
  }

  /// Makes the process dead to everybody; nil when it already was.
  func die(_ reason: ExitReason) -> Estate? {
    lock.withLock {
      guard exitReason == nil else { return nil }
      exitReason = reason
      dead.store(true, ordering: .releasing)
      let estate = Estate(
        identity: identityLocked,
        wasAnnounced: hasAnnounced,
        name: registeredName,
        // In order: a set's own order differs from run to run.
        links: links.sorted(),
        monitors: monitors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
        watchers: watchers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
        callers: callers.values.sorted { $0.order < $1.order }.map(\.operation),
        isZombie: activity == .active,
        resume: { [receiver, operations, carrier] in
          carrier?.task?.cancel()
          receiver?.resume(returning: .ended)
          for operation in operations { operation.abandon() }
        },
        wasBusy: isBusy)
      isBusy = false
      receiver = nil
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
      guard exitReason == nil, !isSilent else { return nil }
      hasAnnounced = true
      return .started(identityLocked, isRestart: isRestart)
    }
    if let news { runtime.events.emit(news, cause: cause) }
  }

  var snapshot: ProcessSnapshot {
    lock.withLock {
      let status: ProcessSnapshot.Status =
        if exitReason != nil {
          .zombie
        } else if receiver != nil || !operations.isEmpty {
          .waiting
        } else if activity == .idle {
          .idle
        } else {
          .running
        }
      return ProcessSnapshot(
        pid: pid, name: registeredName, label: currentLabel, kind: kind, role: role,
        status: status, parent: parent, supervision: supervision, isTrappingExits: trapsExits,
        links: links.sorted(), monitoring: monitors.values.sorted(),
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
