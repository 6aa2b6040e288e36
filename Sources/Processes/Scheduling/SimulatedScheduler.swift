/// Runs everything on one thread, in an order drawn from a seed.
///
/// Whatever could run next, a process with letters, a handler that may go on, a timer that is due, the
/// generator chooses. When nothing can run, virtual time jumps to the next timer. So equal seeds give
/// equal runs, and different seeds different interleavings.
///
/// Only the code of processes and of the simulation's own body takes part. An `await` on anything
/// else ends somewhere outside, at a moment that no seed determines; that is found out, and an error.
///
/// Invariants:
/// 1. `ready` is changed under `room`, since code that escaped may resume from any thread.
/// 2. All else is touched by the thread that runs the simulation.
///
/// `@unchecked Sendable`: by the two invariants.
package final class SimulatedScheduler: Scheduler, WorkSource, @unchecked Sendable {
  package let workerCount = 1
  // One letter at a time, so that every order of letters to different processes can happen.
  package let budget = 1
  /// Each beginning is a turn of its own, so that seeds reach every order.
  package let runsBeginningsAtOnce = false

  private let clock: VirtualClock
  private let stepLimit: Int
  private let room = WaitingRoom()
  private var ready: [Work] = []
  private var isStopped = false
  /// The run is over and all processes are dead; what is ready is their code, which has to unwind.
  private var isUnwinding = false
  private var grace = 10_000

  private var generator: SeededGenerator
  private var steps = 0
  private var running: (cell: ProcessCell, carrier: Carrier)?
  private var isSpoiled = false
  private var isBodyDone = false
  private var isAbandoned = false
  /// From the beginning of the run to its end.
  private var runtime: Runtime?
  private(set) var problem: SimulationError?

  init(seed: UInt64, clock: VirtualClock, stepLimit: Int) {
    generator = SeededGenerator(seed: seed)
    self.clock = clock
    self.stepLimit = stepLimit
  }

  /// Who waits for others suspends, so that there is something to choose from.
  package var isCallerAlone: Bool { false }

  package var isOver: Bool { (isBodyDone || isAbandoned) && !isUnwinding }

  package var scheduler: any Scheduler { self }

  package func start(for settlement: Settlement) {}

  /// Lets the code of the dead unwind, as far as it does so by itself, and runs nothing after that.
  package func stop() {
    isBodyDone = true
    isUnwinding = true
    work()
    let left = room.withLock { () -> [Work] in
      isStopped = true
      defer { ready = [] }
      return ready
    }
    for work in left { discard(work) }
    runtime = nil
  }

  package func carrier(running process: ProcessCell) -> Carrier? {
    guard let running, running.cell === process else { return nil }
    isSpoiled = true
    return running.carrier
  }

  package func leftCarrier() {
    running = nil
    isSpoiled = false
  }

  package func enqueueLast(_ work: Work) { enqueue(work) }

  package func enqueue(_ work: Work) {
    let isTooLate = room.withLock { () -> Bool in
      guard !isStopped else { return true }
      ready.append(work)
      room.wakeOne()
      return false
    }
    if isTooLate { discard(work) }
  }

  /// Runs `body` and all processes on the calling thread, until the body is done.
  func run(_ runtime: Runtime, _ body: @escaping @Sendable () async -> Void) {
    self.runtime = runtime
    runtime.settlement.enter()
    let driver = Carrier(scheduler: self)
    driver.run { [self] in
      await body()
      isBodyDone = true
    }
    CurrentProcess.cell = nil
    work()
    running = nil
    runtime.settlement.leave()
  }

  package func takeNext(on carrier: Carrier) -> Work? { nil }

  package func lookAround(on carrier: Carrier) -> Work? {
    running = nil
    // The caller is about to cancel the carrier's task.
    if isSpoiled {
      isSpoiled = false
      return nil
    }
    if isUnwinding {
      grace -= 1
      guard grace > 0, let work = draw() else {
        isUnwinding = false
        return nil
      }
      return work
    }
    while !isOver {
      steps += 1
      if steps == stepLimit { giveUp(.endless(steps: stepLimit, busy: busyProcesses)) }
      if let work = draw() {
        if case .process(let cell) = work { running = (cell.takeUnretainedValue(), carrier) }
        return work
      }
      guard !isOver else { return nil }
      if clock.hasDue, let action = clock.popNext() {
        action()
      } else {
        waitForTime()
      }
    }
    return nil
  }

  /// Nothing can run: lets time jump, or finds out that this cannot help.
  private func waitForTime() {
    guard let runtime else { return isAbandoned = true }
    // Who waits for that is told now, and may then run.
    runtime.settlement.leave()
    defer { runtime.settlement.enter() }
    guard room.withLock({ ready.isEmpty }) else { return }
    if runtime.settlement.mayJump, let action = clock.popNext() {
      action()
    } else {
      handleStandstill()
    }
  }

  /// Draws from what could run now. Nil when that is a due timer, or nothing.
  private func draw() -> Work? {
    room.withLock {
      let candidates = ready.count + (clock.hasDue ? 1 : 0)
      guard candidates > 0 else { return nil }
      let choice = candidates == 1 ? 0 : generator.next(below: candidates)
      guard choice < ready.count else { return nil }
      // The order of the rest doesn't matter, as long as it follows from the seed.
      ready.swapAt(choice, ready.count - 1)
      return ready.removeLast()
    }
  }
}

// MARK: When nothing can run

extension SimulatedScheduler {
  /// How long a foreign await may take before the simulation is abandoned with its task.
  private static let patience: Int64 = 5_000_000_000

  /// Nothing can run and time cannot help.
  ///
  /// Case 1: a process or the body awaits something foreign. That is an error; but let it come back, so
  /// that its task ends. Case 2: the body waits for what will never happen. Ending all processes ends
  /// that wait. Case 3: even that did not help.
  private func handleStandstill() {
    guard let runtime else { return isAbandoned = true }
    let isForeign = !runtime.settlement.isQuiet || !runtime.settlement.isAwaitedOutside
    if isForeign {
      problem = problem ?? .foreignAwait(busyProcesses)
      if !waitForForeign() { isAbandoned = true }
    } else if problem == nil {
      giveUp(.standstill)
    } else {
      isAbandoned = true
    }
  }

  private func giveUp(_ error: SimulationError) {
    if problem != nil { isAbandoned = true }
    problem = problem ?? error
    runtime?.shutdown()
  }

  /// False when nothing came back in time.
  private func waitForForeign() -> Bool {
    room.withLock {
      let deadline = Lock.now + Self.patience
      while ready.isEmpty, Lock.now < deadline { room.wait(until: deadline) }
      return !ready.isEmpty
    }
  }

  private var busyProcesses: [String] {
    runtime?.snapshot.filter { $0.status == .running }.map { process in
      process.title == process.pid.description ? process.title : "\(process.title) \(process.pid)"
    } ?? []
  }
}
