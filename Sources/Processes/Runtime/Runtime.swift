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
  let isShutDown = Atomic(false)

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
    processes.dropSpares()
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

  /// Adds an event. In a function of its own, for which nothing is retained.
  @inline(never)
  func emit(
    _ kind: consuming RuntimeEvent.Kind, cause: EventNumber?, holdsNothing: Bool = false
  ) {
    events.emit(kind, cause: cause, holdsNothing: holdsNothing)
  }

  /// The coarse clock; the same.
  @inline(never)
  func coarseNanoseconds() -> Int64 { timers.coarseNanoseconds }

  /// A process has ended plainly: see `ProcessCell.endPlainly`; the same.
  @inline(never)
  func tellOfPlainEnd(of cell: ProcessCell) {
    processes.countOut()
    events.emitNormalExit(of: cell.pid, cause: cell.causeNumber)
  }

  /// Lets a dead process go, whose code has ended; the same.
  @inline(never)
  func forget(_ cell: ProcessCell, hasEndedPlainly: Bool) {
    processes.remove(cell, hasEndedPlainly: hasEndedPlainly)
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
  /// Called inside a process, it waits for the others. On a settled runtime it costs a few loads.
  ///
  /// - Returns: False when `timeout` passed first; somebody is stuck or busy for long.
  @discardableResult
  public func settle(timeout: Duration? = nil) async -> Bool {
    let owner = CurrentProcess.cell
    if let owner {
      if isAlone(owner) {
        if !owner.countStep() { return true }
        await _Concurrency.Task.yield()
        if isAlone(owner) { return true }
      }
    } else if settlement.isSettled {
      return true
    }
    return await wait(for: .settled, owner: owner, timeout: timeout)
  }

  /// Whether nothing would happen any more if the calling process did nothing. No for one that is dead.
  private func isAlone(_ caller: ProcessCell) -> Bool {
    caller.runtime === self && scheduler.isCallerAlone && settlement.isAlone && !caller.isDead
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
