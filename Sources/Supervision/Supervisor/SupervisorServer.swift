internal import Processes

/// The process behind `Supervisor`.
///
/// The decisions stand elsewhere, as values: `RestartPlan`, `RestartIntensity`, `ChildSpec`. Here
/// they are carried out.
struct SupervisorServer: GenServer {
  typealias Message = SupervisorMessage

  let options: Supervisor.Options
  private let specs: [ChildSpec]
  private(set) var list = ChildList()
  private var intensity: RestartIntensity

  init(children: [ChildSpec], options: Supervisor.Options) {
    specs = children
    self.options = options
    intensity = RestartIntensity(maxRestarts: options.maxRestarts, within: options.period)
  }

  mutating func initialize(_ process: ProcessContext) async throws -> Initial {
    for spec in specs {
      if let fault = Self.fault(in: spec, options) { return .stop(.startSpec(fault)) }
      if list[spec.id] != nil {
        return .stop(.startSpec(.custom("duplicate_child_name:\(spec.id)")))
      }
      list.append(spec)
    }
    for spec in specs {
      switch await start(spec.id, isRestart: false, process) {
      case .failed(let reason):
        await stopAll(process)
        return .stop(.shutdownWith(.failedToStartChild(id: spec.id, reason)))
      case .ignored: list.retire(spec.id)
      case .running: break
      }
    }
    return .ok
  }

  /// A combination of restart and significance that could never mean anything.
  private static func fault(in spec: ChildSpec, _ options: Supervisor.Options) -> ExitReason? {
    guard spec.isSignificant else { return nil }
    if options.autoShutdown == .never {
      return .custom("bad_combination:auto_shutdown=never,significant=true")
    }
    if spec.restart == .permanent {
      return .custom("bad_combination:restart=permanent,significant=true")
    }
    return nil
  }

  mutating func handle(_ message: SupervisorMessage, _ process: ProcessContext) async -> Next {
    switch message.kind {
    case .startChild(let spec, let reply): reply(await add(spec, process))
    case .terminateChild(let id, let reply):
      if list[id] == nil {
        reply(.failure(.notFound(id)))
      } else {
        await stop(id, process)
        reply(.success(()))
      }
    case .restartChild(let id, let reply): reply(await restartByHand(id, process))
    case .deleteChild(let id, let reply):
      switch list[id]?.state {
      case nil: reply(.failure(.notFound(id)))
      case .running, .restarting: reply(.failure(.running(id)))
      case .notRunning:
        list.remove(id)
        reply(.success(()))
      }
    case .whichChildren(let reply): reply(list.infos)
    case .countChildren(let reply): reply(list.counts)
    case .tryAgain(let id):
      guard list[id]?.state == .restarting else { return .receive }
      return await restart(id, process)
    }
    return .receive
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) async -> Next {
    // Exit signals of strangers are no business of a supervisor's.
    guard case .exit(let exit) = info, let sender = exit.sender, let child = list.child(sender)
    else { return .receive }
    let id = child.spec.id
    if child.spec.shouldRestart(after: exit.reason) {
      list.set(id, .notRunning)
      return await restart(id, process)
    }
    let isSignificant = child.spec.isSignificant
    list.retire(id)
    process.noteChildCount(list.runningCount)
    return isSignificant ? afterSignificantEnd(of: id, process) : .receive
  }

  mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) async {
    await stopAll(process)
  }
}

// MARK: Restarting

extension SupervisorServer {
  /// Restarts a child that failed, and the others that the strategy names.
  private mutating func restart(_ failed: String, _ process: ProcessContext) async -> Next {
    guard intensity.allowsRestart(at: process.runtime.now) else {
      process.cause = process.runtime.events.emit(
        .note(
          SupervisionNote.restartLimitReached(
            supervisor: process.cell.identity, child: failed, max: options.maxRestarts,
            within: options.period)
        ), cause: process.cause)
      list.retire(failed)
      return .stop(.shutdown)
    }
    let plan = RestartPlan(options.strategy, failed: failed, in: list)
    let report = report(on: plan, failed: failed, process)
    process.cause = process.runtime.events.emit(
      .note(SupervisionNote.restarting(report)), cause: process.cause)

    for id in plan.stop { await stop(id, process) }
    // Temporary children that were stopped are forgotten, and not started again.
    for id in plan.start where list[id] != nil {
      switch await start(id, isRestart: true, process) {
      case .running: break
      case .ignored: list.retire(id)
      case .failed:
        // Again, as a restart of the child that failed to start; after what is in the mailbox, so
        // that a stop can get through.
        list.set(id, .restarting)
        process.runtime.send(Message(.tryAgain(child: id)), to: .pid(process.pid))
        return .receive
      }
    }
    process.runtime.events.emit(.note(SupervisionNote.restarted(report)), cause: process.cause)
    return .receive
  }

  /// What is about to happen, for the event stream.
  private func report(
    on plan: RestartPlan, failed: String, _ process: ProcessContext
  ) -> SupervisionNote.Restarting {
    var siblings: [SupervisionNote.Sibling] = []
    var count = 0
    for id in plan.stop {
      // Dead ones that the supervisor has yet to hear of don't have to stop.
      guard let pid = list[id]?.pid, let cell = process.runtime.cell(.pid(pid)) else { continue }
      count += 1
      if count <= SupervisionNote.Restarting.siblingLimit {
        siblings.append(.init(id: id, identity: cell.identity, childCount: cell.childCount))
      }
    }
    return SupervisionNote.Restarting(
      supervisor: process.cell.identity, strategy: options.strategy, child: failed,
      stopping: siblings, stoppingCount: count, count: intensity.count,
      maxRestarts: options.maxRestarts, period: options.period)
  }

  /// Ends the supervisor if the end of this significant child is to.
  private func afterSignificantEnd(of id: String, _ process: ProcessContext) -> Next {
    let ends =
      switch options.autoShutdown {
      case .never: false
      case .anySignificant: true
      case .allSignificant: list.significantCount == 0
      }
    guard ends else { return .receive }
    process.cause = process.runtime.events.emit(
      .note(SupervisionNote.autoShutdown(supervisor: process.cell.identity, child: id)),
      cause: process.cause)
    return .stop(.shutdown)
  }
}

// MARK: Starting and stopping

extension SupervisorServer {
  private enum Started {
    case running(PID), ignored, failed(ExitReason)
  }

  private mutating func start(
    _ id: String, isRestart: Bool, _ process: ProcessContext
  ) async -> Started {
    guard let child = list[id] else { return .ignored }
    if isRestart { list.countRestart(id) }
    let started = await process.startChild(
      child.spec, order: child.order, restarts: child.restarts + (isRestart ? 1 : 0),
      isRestart: isRestart)
    switch started {
    case .success(let pid):
      list.set(id, .running(pid))
      process.noteChildCount(list.runningCount)
      return .running(pid)
    case .failure(.ignored):
      list.set(id, .notRunning)
      return .ignored
    case .failure(let error):
      return .failed(error.exitReason)
    }
  }

  private mutating func add(
    _ spec: ChildSpec, _ process: ProcessContext
  ) async -> Result<PID, StartError> {
    if let fault = Self.fault(in: spec, options) { return .failure(.failed(fault)) }
    if let child = list[spec.id] { return .failure(.alreadyPresent(id: spec.id, child.pid)) }
    list.append(spec)
    switch await start(spec.id, isRestart: false, process) {
    case .running(let pid): return .success(pid)
    case .ignored:
      list.retire(spec.id)
      return .failure(.ignored)
    case .failed(let reason):
      list.remove(spec.id)
      return .failure(.failed(reason))
    }
  }

  private mutating func restartByHand(
    _ id: String, _ process: ProcessContext
  ) async -> Result<PID, any Error> {
    switch list[id]?.state {
    case nil: return .failure(ChildError.notFound(id))
    case .running, .restarting: return .failure(ChildError.running(id))
    case .notRunning: break
    }
    switch await start(id, isRestart: true, process) {
    case .running(let pid): return .success(pid)
    case .ignored: return .failure(StartError.ignored)
    case .failed(let reason): return .failure(StartError.failed(reason))
    }
  }

  /// Stops a child and waits until it is dead; forgets it if it is temporary.
  private mutating func stop(_ id: String, _ process: ProcessContext) async {
    guard let child = list[id] else { return }
    if let pid = child.pid { await process.shutDownChild(pid, child.spec.shutdown) }
    list.retire(id)
    process.noteChildCount(list.runningCount)
  }

  private mutating func stopAll(_ process: ProcessContext) async {
    for id in list.order.reversed() { await stop(id, process) }
  }
}
