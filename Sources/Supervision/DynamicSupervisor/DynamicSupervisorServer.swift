internal import Processes

/// The process behind `DynamicSupervisor`.
struct DynamicSupervisorServer: GenServer {
  typealias Message = DynamicSupervisorMessage

  /// A million of these weigh.
  struct Child {
    let spec: ChildSpec
    let order: Int32
    private var state: UInt32 = 1

    init(spec: ChildSpec, order: Int32) {
      self.spec = spec
      self.order = order
    }

    /// False while a failed restart waits to be tried again.
    var isRunning: Bool {
      get { state & 1 == 1 }
      set { state = state & ~1 | (newValue ? 1 : 0) }
    }

    /// How often it has been started again.
    var restarts: Int {
      get { Int(state >> 1) }
      set { state = UInt32(clamping: newValue) << 1 | state & 1 }
    }
  }

  let options: DynamicSupervisor.Options
  /// By PID; a child that waits to be restarted is kept under its last one.
  private(set) var children = PIDMap<Child>()
  private var lastOrder = 0
  private var intensity: RestartIntensity

  init(options: DynamicSupervisor.Options) {
    self.options = options
    intensity = RestartIntensity(maxRestarts: options.maxRestarts, within: options.period)
  }

  func initialize(_ process: ProcessContext) -> Initial {
    process.cell.childArguments = options.extraArguments
    return .ok
  }

  /// What needs no `await`: most starts, and questions. Asked first of every message, also of those that the other is
  /// to handle.
  mutating func handle(
    _ message: DynamicSupervisorMessage, _ process: ProcessContext
  ) throws -> Next {
    switch message.kind {
    case .startChild(let spec, let reply):
      if let limit = options.maxChildren, children.count >= limit {
        reply(.failure(.limitReached(limit)))
        return .receive
      }
      guard
        let started = process.startChildNow(
          spec, order: lastOrder + 1, restarts: 0, isRestart: false)
      else { return .asynchronously }
      note(started, spec, process)
      reply(started)
    case .whichChildren(let reply):
      reply(
        children.entries.sorted { $0.value.order < $1.value.order }.map { pid, child in
          ChildInfo(
            id: nil, state: child.isRunning ? .running(pid) : .restarting, kind: child.spec.kind)
        })
    case .countChildren(let reply):
      var counts = ChildCounts()
      for (_, child) in children.entries {
        counts.specs += 1
        if child.isRunning { counts.active += 1 }
        switch child.spec.kind {
        case .worker: counts.workers += 1
        case .supervisor: counts.supervisors += 1
        }
      }
      reply(counts)
    case .terminateChild, .tryAgain: return .asynchronously
    }
    return .receive
  }

  mutating func handle(
    _ message: DynamicSupervisorMessage, _ process: ProcessContext
  ) async throws -> Next {
    switch message.kind {
    case .startChild(let spec, let reply):
      let started = await process.startChild(
        spec, order: lastOrder + 1, restarts: 0, isRestart: false)
      note(started, spec, process)
      reply(started)
    case .terminateChild(let pid, let reply):
      if let child = children.remove(pid) {
        if child.isRunning { await process.shutDownChild(pid, child.spec.shutdown) }
        process.noteChildCount(children.count)
        reply(.success(()))
      } else {
        reply(.failure(.notFound(pid.description)))
      }
    case .whichChildren, .countChildren: break  // answered by the other
    case .tryAgain(let pid):
      guard let child = children[pid], !child.isRunning else { return .receive }
      return await restart(pid, child, process)
    }
    return .receive
  }

  /// A child was started on demand, or was to be.
  private mutating func note(
    _ started: Result<PID, StartError>, _ spec: ChildSpec, _ process: ProcessContext
  ) {
    lastOrder += 1
    guard case .success(let pid) = started else { return }
    children[pid] = Child(spec: spec, order: Int32(clamping: lastOrder))
    process.noteChildCount(children.count)
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) async -> Next {
    guard case .exit(let exit) = info, let pid = exit.sender, let child = children[pid]
    else { return .receive }
    if child.spec.shouldRestart(after: exit.reason) { return await restart(pid, child, process) }
    children[pid] = nil
    process.noteChildCount(children.count)
    return .receive
  }

  private mutating func restart(
    _ pid: PID, _ child: Child, _ process: ProcessContext
  ) async -> Next {
    let supervisor = process.cell.identity
    guard intensity.allowsRestart(at: process.runtime.now) else {
      process.cause = process.runtime.events.emit(
        .note(
          SupervisionNote.restartLimitReached(
            supervisor: supervisor, child: child.spec.id, max: options.maxRestarts,
            within: options.period)), cause: process.cause)
      children[pid] = nil
      return .stop(.shutdown)
    }
    let report = SupervisionNote.Restarting(
      supervisor: supervisor, strategy: .oneForOne, child: child.spec.id, stopping: [],
      stoppingCount: 0, count: intensity.count, maxRestarts: options.maxRestarts,
      period: options.period)
    process.cause = process.runtime.events.emit(
      .note(SupervisionNote.restarting(report)), cause: process.cause)

    var child = child
    child.restarts += 1
    switch await process.startChild(
      child.spec, order: Int(child.order), restarts: child.restarts, isRestart: true)
    {
    case .success(let replacement):
      child.isRunning = true
      children[pid] = nil
      children[replacement] = child
      process.runtime.events.emit(.note(SupervisionNote.restarted(report)), cause: process.cause)
    case .failure(.ignored):
      children[pid] = nil
    case .failure:
      child.isRunning = false
      children[pid] = child
      process.runtime.send(Message(.tryAgain(pid)), to: .pid(process.pid))
    }
    process.noteChildCount(children.count)
    return .receive
  }

  /// Stops all children at the same time, each as its specification says.
  mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) async {
    let running = children.entries.filter(\.value.isRunning)
      .sorted { $0.value.order < $1.value.order }
    children = PIDMap()
    var waiting: Set<MonitorRef> = []
    var deadlines: [(moment: Duration, pid: PID, ref: MonitorRef)] = []
    for (pid, child) in running {
      let ref = process.monitor(pid)
      waiting.insert(ref)
      switch child.spec.shutdown {
      case .brutalKill: process.exit(pid, .kill)
      case .infinity: process.exit(pid, .shutdown)
      case .after(let limit):
        process.exit(pid, .shutdown)
        deadlines.append((process.runtime.now + limit, pid, ref))
      }
    }
    deadlines.sort { $0.moment > $1.moment }
    while !waiting.isEmpty {
      while let last = deadlines.last, !waiting.contains(last.ref) { deadlines.removeLast() }
      let timeout = deadlines.last.map { max(.zero, $0.moment - process.runtime.now) }
      do {
        // Everything but a Down is taken out, too: nobody will ever look at it, and scanning past it
        // again for each child would cost the square of their number.
        let down = try await process.receive(timeout: timeout) { info -> MonitorRef?? in
          if case .down(let down) = info { .some(down.ref) } else { .some(nil) }
        }
        switch down {
        case .some(.some(let ref)): waiting.remove(ref)
        case .some(.none): break
        case nil: if let late = deadlines.popLast() { process.exit(late.pid, .kill) }
        }
      } catch {
        return  // killed itself; its links take the children along
      }
    }
  }
}
