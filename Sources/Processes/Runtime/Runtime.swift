internal import Synchronization

/// A system of processes: its own processes, names, clock, scheduler and events.
///
/// Nothing is global: several runtimes live in one program without knowing of each other, and a test
/// takes one for itself. Its functions work inside processes and outside, from a test, an actor or a
/// server's handler.
///
///     let runtime = Runtime()
///     let pid = runtime.spawn { process in
///       while case .message(let text as String) = try await process.receive() { print(text) }
///     }
///     runtime.send(pid, "hello")
///     await runtime.settle()
///     runtime.shutdown()
///
/// A runtime that is no longer needed has to be shut down, since its threads keep it alive.
public final class Runtime: Sendable {
  /// How a runtime is set up.
  public struct Configuration: Sendable {
    /// How many threads run processes; as many as processors by default.
    public var workers: Int = OSThread.processorCount
    /// How many of the newest events are remembered.
    public var eventHistory: Int = 10_000

    public init() {}
  }

  /// Everything that happens here.
  public let events: EventLog

  /// Tells runtimes apart: in PIDs, and in handles on processes (`RuntimeDirectory`).
  @usableFromInline package let number: UInt32
  package let scheduler: any Scheduler
  package let timers: any TimerService
  let processes: ProcessTable
  let names = NameTable()
  package let settlement: Settlement
  /// How many letters a process may handle before others get their turn.
  let budget: Int
  private let lastMonitor = Atomic<UInt64>(0)
  private let isShutDown = Atomic(false)

  private static let lastNumber = Atomic<UInt32>(0)

  /// Starts a runtime on threads and the system's clock.
  public convenience init(_ configuration: Configuration = Configuration()) {
    self.init(
      configuration, scheduler: ThreadScheduler(workers: configuration.workers),
      timers: SystemTimers())
  }

  /// Starts a runtime on threads, whose time is `clock`'s: no other runtime may have it.
  public convenience init(_ configuration: Configuration = Configuration(), clock: VirtualClock) {
    self.init(
      configuration, scheduler: ThreadScheduler(workers: configuration.workers), timers: clock)
  }

  /// Starts a runtime with this many worker threads.
  public convenience init(workers: Int) {
    var configuration = Configuration()
    configuration.workers = workers
    self.init(configuration)
  }

  package init(
    _ configuration: Configuration, scheduler: any Scheduler, timers: any TimerService
  ) {
    self.scheduler = scheduler
    self.timers = timers
    budget = scheduler.budget
    settlement = Settlement(whenQuiet: timers.whenQuiet)
    number = Self.lastNumber.add(1, ordering: .relaxed).newValue
    processes = ProcessTable(runtimeNumber: number)
    events = EventLog(historyLimit: configuration.eventHistory, timers)
    timers.start(for: self)
    scheduler.start(for: settlement)
    RuntimeDirectory.add(self)
  }

  /// Time since the runtime's start, by its own clock.
  public var now: Duration { timers.now }

  /// How many threads run processes.
  public var workerCount: Int { scheduler.workerCount }

  /// Ends every process and lets the threads go.
  ///
  /// Returns at once, without waiting for code that still runs: that may never end. To stop an
  /// application in order, stop its root supervisor first.
  public func shutdown() {
    guard !isShutDown.exchange(true, ordering: .acquiringAndReleasing) else { return }
    for cell in processes.all { end(cell, .killed, cause: nil) }
    scheduler.stop()
    timers.stop()
    RuntimeDirectory.remove(self)
  }

  /// Puts an event of the application's own into the stream; what the calling process does next is not
  /// caused by it.
  ///
  /// - Returns: Its number; nil when the calling process is dead, whose word no longer counts.
  @discardableResult
  public func note(_ note: any EventNote) -> EventNumber? {
    guard let process = CurrentProcess.cell else { return events.emit(.note(note), cause: nil) }
    return events.emit(.note(note), by: process)
  }

  package func nextMonitor() -> MonitorRef {
    MonitorRef(number: lastMonitor.add(1, ordering: .relaxed).newValue)
  }

  /// The process on whose behalf the calling code runs; nil outside, and for code whose process was
  /// killed: nothing it does may count any more.
  @usableFromInline
  package static var current: ProcessCell? { CurrentProcess.cell }

  /// Whether the calling code belongs to a process that is dead: what it sends is dropped.
  package static var isFenced: Bool {
    CurrentProcess.reference?._withUnsafeGuaranteedRef { $0.isDead } ?? false
  }
}

// MARK: Spawning

extension Runtime {
  /// Starts a process that runs `body` from beginning to end, linked to nobody.
  ///
  /// Returns at once. The process ends with `normal` when `body` returns, with the thrown
  /// `ExitReason`, or with an error reason for any other error.
  ///
  /// - Parameters:
  ///   - label: What the application calls the process, shown beside its PID.
  ///   - isTrappingExits: Whether exit signals arrive as messages, from the first moment.
  /// - Note: Follows Erlang's `spawn/1`.
  @discardableResult
  public func spawn(
    label: String? = nil, isTrappingExits: Bool = false,
    _ body: @escaping @Sendable (ProcessContext) async throws -> Void
  ) -> PID {
    var options = SpawnOptions()
    options.label = label
    options.isTrappingExits = isTrappingExits
    return spawnFreeForm(options, parent: Self.current, body).pid
  }

  /// Starts a process of the house's own, whose start and end are no events.
  @discardableResult
  package func spawnSilently(
    label: String, _ body: @escaping @Sendable (ProcessContext) async throws -> Void
  ) -> PID {
    var options = SpawnOptions()
    options.label = label
    options.isSilent = true
    return spawnFreeForm(options, parent: Self.current, body).pid
  }

  /// Runs `action` once, `delay` from now; it must be brief.
  package func schedule(
    after delay: Duration, _ action: @escaping @Sendable () -> Void
  ) -> TimerRef {
    timers.schedule(after: delay, action)
  }

  package func spawnFreeForm(
    _ options: SpawnOptions, parent: ProcessCell?,
    _ body: @escaping @Sendable (ProcessContext) async throws -> Void
  ) -> ProcessCell {
    // Nobody else knows the process before it runs, so a fresh name cannot fail: there is none.
    let cell = prepare(options, body: FreeFormBody(body), nil, parent: parent)
    cell.announceStart()
    scheduler.enqueueLast(.process(cell))
    return cell
  }

  /// Makes a process that is yet to be enqueued, linked and monitored as `options` say.
  private func prepare(
    _ options: SpawnOptions, body: any ProcessBody, _ step: LetterStep?, parent: ProcessCell?
  ) -> ProcessCell {
    let cell = processes.insert { pid, mailbox in
      ProcessCell(
        runtime: self, pid: pid, mailbox: mailbox, parent: parent, body: body, step: step,
        options: options)
    }
    if let caller = options.caller { _ = cell.addCaller(caller) }
    if isShutDown.load(ordering: .acquiring) || Self.isFenced {
      // Too late for anything to run: the process is dead on arrival.
      end(cell, .killed, cause: nil)
    }
    // The parent first: a supervisor is to hear of a child that dies at once of the other link.
    if options.isLinked, let parent, !parent.addLink(cell.pid) {
      end(cell, .killed, cause: parent.cause)
    }
    if let peer = options.alsoLinkedTo, !peer.addLink(cell.pid) {
      end(cell, .killed, cause: peer.cause)
    }
    if let (watcher, ref) = options.monitor {
      let target = Destination.pid(cell.pid)
      watcher.addMonitor(ref, of: cell.pid, as: target)
      if !cell.addWatcher(ref, .init(pid: watcher.pid, target: target)) {
        let down = Down(ref: ref, target: target, reason: .noProcess)
        watcher.deliver(.info(.down(down)), cause: cell.cause, restingOn: .monitor(ref))
      }
    }
    return cell
  }

  /// Starts a process with a body of its own kind, under a name if `options` has one.
  ///
  /// - Parameter step: The short way through the body, if it has one.
  /// - Throws: When the name is taken; then nothing has run.
  package func spawn(
    _ options: SpawnOptions, body: any ProcessBody, _ step: LetterStep?, parent: ProcessCell?
  ) throws(RegistrationError) -> ProcessCell {
    let cell = try make(options, body: body, step, parent: parent)
    if !options.announcesItself { cell.announceStart() }
    scheduler.enqueueLast(.process(cell))
    return cell
  }

  /// The same for a process whose beginning needs no `await`: it is run at once, on the stack of its starter,
  /// which waits for it in any case. Saves a task and two waits.
  ///
  /// The process that begins is its own all the same: `begin` runs on its behalf, and it can be killed
  /// meanwhile. Only its starter cannot give up on it before `begin` returns.
  ///
  /// - Returns: The process, and how its beginning went; nil when it died meanwhile.
  package func spawnAtOnce(
    _ options: SpawnOptions, body: any ProcessBody, _ step: LetterStep?, parent: ProcessCell?,
    _ begin: (Unmanaged<ProcessCell>) -> Beginning
  ) throws(RegistrationError) -> (ProcessCell, Beginning?) {
    let cell = try make(options, body: body, step, parent: parent)
    return (cell, cell.beginNow { begin(.passUnretained(cell)) })
  }

  /// Whether `spawnAtOnce` may be used by the calling process.
  package func mayBeginAtOnce(for starter: ProcessCell) -> Bool {
    scheduler.runsBeginningsAtOnce && starter.runtime === self
  }

  /// Makes a process that is yet to be enqueued, with its name.
  private func make(
    _ options: SpawnOptions, body: any ProcessBody, _ step: LetterStep?, parent: ProcessCell?
  ) throws(RegistrationError) -> ProcessCell {
    if let name = options.name, let holder = self.cell(name.destination), !holder.isDead {
      throw .nameTaken(name.description, by: holder.pid)
    }
    let cell = prepare(options, body: body, step, parent: parent)
    if let name = options.name {
      do {
        try name.register(cell.pid, in: self)
      } catch {
        // Somebody was faster. The process has not run, and must leave no trace with its parent.
        parent?.removeLink(cell.pid)
        cell.abandonStart()
        end(cell, .normal, cause: nil)
        scheduler.enqueue(.process(cell))
        throw error
      }
    }
    return cell
  }
}

// MARK: Sending

extension Runtime {
  /// Sends `message` to a process; nothing happens when it is dead.
  ///
  /// Messages and signals from one sender to one receiver arrive in the order they were sent.
  @inlinable
  public func send(_ pid: PID, _ message: some Sendable) {
    post(LetterNode(plain: message, cause: nil), to: .pid(pid))
  }

  /// Sends `message` to whoever bears the name.
  ///
  /// - Returns: False when nobody does: Erlang's `badarg`.
  @discardableResult
  public func send(name: String, _ message: some Sendable) -> Bool {
    guard let cell = names.find(name) else { return false }
    if !Self.isFenced { _ = cell.post(LetterNode(plain: message, cause: Self.current?.cause)) }
    return true
  }

  /// Sends `message` after `delay`, unless cancelled.
  public func send(_ pid: PID, _ message: some Sendable, after delay: Duration) -> TimerRef {
    let cause = CurrentProcess.cell?.cause
    return timers.schedule(after: delay) { [self] in
      _ = processes.find(pid)?.post(LetterNode(plain: message, cause: cause))
    }
  }

  /// Stops a timer.
  ///
  /// - Returns: How much time was left; nil when it has fired or was cancelled before.
  @discardableResult
  public func cancel(_ timer: TimerRef) -> Duration? {
    timers.cancel(timer)
  }

  /// Sends `message`, which arrives only while the receiver's monitor `ref` is active: an answer
  /// that nobody waits for any more leaves no trace, as with Erlang's monitors with an alias.
  package func send(_ pid: PID, _ message: some Sendable, whileMonitoredBy ref: MonitorRef) {
    guard !Self.isFenced else { return }
    processes.find(pid)?.deliver(
      LetterNode(plain: message, cause: Self.current?.cause), restingOn: .alias(ref))
  }

  /// Sends a message of a server's own type, or what else a letter can hold; nothing happens when nobody is
  /// there.
  package func send<Message: Sendable>(_ message: consuming Message, to destination: Destination) {
    post(LetterNode(message, cause: nil), to: destination)
  }

  /// The same for the runtime of this number.
  @inlinable
  package static func send<Message: Sendable>(
    _ message: consuming Message, to destination: Destination, in number: UInt32
  ) {
    post(LetterNode(message, cause: nil), to: destination, in: number)
  }

  /// Sends a letter to somebody in the runtime of this number.
  @usableFromInline
  static func post(_ node: LetterNode, to destination: Destination, in number: UInt32) {
    if let sender = CurrentProcess.reference {
      let isAtHome = sender._withUnsafeGuaranteedRef { sender in
        guard sender.pid.runtime == number else { return false }
        sender.runtime.post(node, to: destination, from: sender)
        return true
      }
      if isAtHome { return }
    }
    RuntimeDirectory.find(number).post(node, to: destination)
  }

  /// Sends a letter on behalf of the calling process.
  @usableFromInline
  func post(_ node: LetterNode, to destination: Destination) {
    if let sender = CurrentProcess.reference {
      sender._withUnsafeGuaranteedRef { post(node, to: destination, from: $0) }
    } else {
      dispatch(node, to: destination)
    }
  }

  private func post(_ node: LetterNode, to destination: Destination, from sender: ProcessCell) {
    // Fencing: a killed process whose code still runs has no say any more.
    if sender.isDead { return node.destroy() }
    node.cause = sender.cause ?? 0
    dispatch(node, to: destination)
  }

  private func dispatch(_ node: LetterNode, to destination: Destination) {
    guard case .pid(let pid) = destination else {
      if let cell = cell(destination) { _ = cell.post(node) } else { node.destroy() }
      return
    }
    switch processes.deliver(node, to: pid) {
    case .refused: node.destroy()
    case .accepted: break
    case .acceptedByIdle(let cell): scheduler.enqueue(.process(cell))
    }
  }

  package func cell(_ destination: Destination) -> ProcessCell? {
    switch destination {
    case .pid(let pid): processes.find(pid)
    case .name(let name): names.find(name)
    case .via(let name): name.pid.flatMap { processes.find($0) }
    }
  }
}

// MARK: Names and processes

extension Runtime {
  /// Gives a process a name, by which it can be found until it ends.
  public func register(_ name: String, _ pid: PID) throws(RegistrationError) {
    if let caller = CurrentProcess.cell, caller.isDead { throw .notAlive(caller.pid) }
    guard let cell = processes.find(pid) else { throw .notAlive(pid) }
    try names.register(name, cell)
  }

  /// - Returns: False when nobody bore the name.
  @discardableResult
  public func unregister(_ name: String) -> Bool {
    if Self.isFenced { return false }
    return names.unregister(name)
  }

  /// The process that bears the name.
  public func whereis(_ name: String) -> PID? {
    names.find(name)?.pid
  }

  /// All names, in order, and who bears them.
  public var registeredNames: [(name: String, pid: PID)] { names.all }

  public func isAlive(_ pid: PID) -> Bool {
    processes.find(pid).map { !$0.isDead } ?? false
  }

  /// The living process that a printed PID, `<0.72.0>`, stands for.
  ///
  /// - Complexity: O(processes) the first time, and after as many have started; else O(1).
  public func pid(_ text: some StringProtocol) -> PID? {
    PID.serial(in: text).flatMap { processes.find(serial: $0)?.pid }
  }

  /// Every living process and every zombie, oldest first.
  public var snapshot: [ProcessSnapshot] { processes.all.map(\.snapshot) }

  /// One process; nil when it is dead.
  public func snapshot(of pid: PID) -> ProcessSnapshot? { processes.find(pid)?.snapshot }

  /// How many processes live.
  public var processCount: Int { processes.count }
}

// MARK: Waiting

extension Runtime {
  /// Waits until nothing can happen any more by itself: every message handled, every signal
  /// delivered, every restart done. Pending timers don't count.
  ///
  /// Called inside a process, it waits for the others. On a settled runtime it costs one load.
  ///
  /// - Returns: False when `timeout` passed first; somebody is stuck or busy for long.
  @discardableResult
  public func settle(timeout: Duration? = nil) async -> Bool {
    let owner = CurrentProcess.cell
    if owner == nil, settlement.isSettled { return true }
    return await wait(for: .settled, owner: owner, timeout: timeout)
  }

  /// Waits until nothing can happen before the next timer: who is busy, sleeps.
  @discardableResult
  func waitUntilQuiet() async -> Bool {
    await wait(for: .quiet, owner: CurrentProcess.cell, timeout: nil)
  }

  private func wait(
    for occasion: Settlement.Occasion, owner: ProcessCell?, timeout: Duration?
  ) async -> Bool {
    let waiter = Pending<Bool>(self, owner: owner, .others)
    if let timeout { timers.limit(waiter.waiter, to: timeout) }
    // Inside a process the count is not zero before the process itself waits, so whoever registers
    // first and waits then misses nothing.
    settlement.register(waiter, for: occasion)
    defer {
      settlement.forget(waiter)
      timers.unlimit(waiter.waiter)
    }
    if case .value = await waiter.wait() { return true }
    return false
  }

  /// Waits until the process has ended.
  ///
  /// - Returns: Why it ended; `noProcess` when it was not alive; nil after `timeout`.
  public func waitForExit(of pid: PID, timeout: Duration? = nil) async -> ExitReason? {
    guard let cell = processes.find(pid) else { return .noProcess }
    let pending = Pending<Never>(self, owner: CurrentProcess.cell)
    guard cell.addCaller(pending.waiter) else { return .noProcess }
    if let timeout { timers.limit(pending.waiter, to: timeout) }
    defer {
      cell.forget(caller: pending.waiter)
      timers.unlimit(pending.waiter)
    }
    if case .failed(let reason) = await pending.wait() { return reason }
    return nil
  }

  /// Rests for a while, by the runtime's clock. A process that sleeps counts as busy.
  ///
  /// - Throws: `ProcessEnded` when the calling process is ended from outside meanwhile, or the runtime
  ///   was shut down.
  public func sleep(for duration: Duration) async throws {
    let pending = Pending<Never>(self, owner: CurrentProcess.cell, .moment)
    let timer = timers.schedule(after: duration) { pending.waiter.timeOut() }
    defer { timers.cancel(timer) }
    if case .ownerEnded = await pending.wait() { throw ProcessEnded() }
  }
}
