/// A wave of deaths: one process ends, its links end with it, and so on.
///
/// Two steps. First all that die, die, one after the other: dead to everybody, names free. Then the
/// living are told. So a supervisor that hears of a death finds nobody half dead when it restarts, a
/// chain of a million links needs no stack, and one cause leads to the same order of events in every
/// run.
///
/// The exit of a process is logged before anybody is told, so causes precede effects.
struct DeathWave: ~Copyable {
  /// Who dies of the first one's death, and of theirs.
  private var dying: [(cell: ProcessCell, reason: ExitReason, cause: EventNumber?)] = []
  private var news: [(cell: ProcessCell, letter: LetterNode, bond: ProcessCell.Bond)] = []
  private var calls: [(Waiter, ExitReason)] = []
  private var shares: [Settlement.Share] = []

  /// Begins with the first.
  mutating func run(
    in runtime: Runtime, from cell: ProcessCell, _ estate: consuming ProcessCell.Estate,
    _ reason: ExitReason, cause: EventNumber?, hasFinished: Bool
  ) {
    let number = runtime.bury(cell, estate, reason, cause: cause, hasFinished: hasFinished)
    divide(estate, of: cell, reason, cause: number, in: runtime)
    var next = 0
    while next < dying.count {
      let (cell, reason, cause) = dying[next]
      next += 1
      guard let estate = cell.die(reason) else { continue }
      let number = runtime.bury(cell, estate, reason, cause: cause, hasFinished: false)
      divide(estate, of: cell, reason, cause: number, in: runtime)
    }
    for (cell, letter, bond) in news {
      cell.deliver(letter, restingOn: bond)
    }
    for (call, reason) in calls { call.fail(reason) }
    for share in shares { runtime.settlement.change(from: share, to: .none) }
  }

  /// Finds out who is to be told.
  private mutating func divide(
    _ estate: borrowing ProcessCell.Estate, of cell: ProcessCell, _ reason: ExitReason,
    cause: EventNumber?, in runtime: Runtime
  ) {
    if estate.share != .none { shares.append(estate.share) }
    if let bonds = estate.bonds {
      for (ref, monitor) in bonds.monitors.sorted {
        runtime.processes.find(monitor.pid)?.removeWatcher(ref)
      }
      for pid in bonds.sortedLinks(with: estate.linkedParent) {
        tell(pid, linkedWith: cell, reason, cause: cause, in: runtime)
      }
      for (ref, watcher) in bonds.watchers.sorted {
        guard let peer = runtime.processes.find(watcher.pid) else { continue }
        let down = Down(ref: ref, target: watcher.target, reason: reason)
        news.append(
          (peer, LetterNode(Letter.Content.info(.down(down)), cause: cause), .monitor(ref)))
      }
    } else if let parent = estate.linkedParent {
      tell(parent, linkedWith: cell, reason, cause: cause, in: runtime)
    }
    for caller in estate.callers { calls.append((caller, reason)) }
  }

  private mutating func tell(
    _ pid: PID, linkedWith cell: ProcessCell, _ reason: ExitReason, cause: EventNumber?,
    in runtime: Runtime
  ) {
    guard let peer = runtime.processes.find(pid) else { return }
    switch peer.receiveLinkSignal(reason, from: cell.pid) {
    case .ignore: break
    case .terminate(let reason): dying.append((peer, reason, cause))
    case .deliver:
      let exit = Exit(sender: cell.pid, reason: reason)
      news.append(
        (peer, LetterNode(Letter.Content.info(.exit(exit)), cause: cause), .link(cell.pid)))
    }
  }
}

extension Runtime {
  /// Makes a process dead, and tells everybody who is to know.
  package func end(
    _ cell: ProcessCell, _ reason: ExitReason, cause: EventNumber?, hasFinished: Bool = false
  ) {
    // The system is not settled before everybody has been told. The worker that runs this counts, but not when the
    // wave takes along the very process whose code began it.
    if !hasFinished { settlement.enter() }
    if let estate = cell.die(reason) {
      // As most of the time when a process ends by itself: nobody is to hear of it.
      if estate.isNobodys {
        bury(cell, estate, reason, cause: cause, hasFinished: hasFinished)
      } else {
        var wave = DeathWave()
        wave.run(in: self, from: cell, estate, reason, cause: cause, hasFinished: hasFinished)
      }
    }
    if !hasFinished { settlement.leave() }
  }

  /// Does what a death needs but for telling others; returns the number of its event.
  @discardableResult
  func bury(
    _ cell: ProcessCell, _ estate: borrowing ProcessCell.Estate, _ reason: ExitReason,
    cause: EventNumber?, hasFinished: Bool
  ) -> EventNumber? {
    processes.countOut()
    if let name = estate.name { names.release(name, of: cell) }
    var number = cause
    if estate.wasAnnounced {
      // Other reasons may carry something.
      let holdsNothing = if case .normal = reason { estate.identity.holdsNothing } else { false }
      number = events.emit(
        .exited(estate.identity, reason), cause: cause, holdsNothing: holdsNothing)
    } else if estate.wasStarting {
      number = events.emit(.startFailed(estate.identity, reason), cause: cause)
    }
    cell.unwind(estate, hasFinished: hasFinished)
    return number
  }

  /// Sends an exit signal: asks, or with `kill` forces, a process to end with `reason`.
  ///
  /// The effect is immediate. See `ExitSignal` for what each reason does to whom. Nothing happens
  /// when the process is dead.
  ///
  /// - Note: Follows Erlang's `exit/2`.
  public func exit(_ pid: PID, _ reason: ExitReason) {
    guard !Self.isFenced, let cell = processes.find(pid) else { return }
    signal(cell, reason, sender: CurrentProcess.cell)
  }

  /// Sends an exit signal, also on behalf of a sender that has died in the meantime.
  package func signal(_ cell: ProcessCell, _ reason: ExitReason, sender: ProcessCell?) {
    let signal = ExitSignal(
      reason: reason, origin: sender === cell ? .requestToSelf : .request)
    switch signal.outcome(isTrappingExits: cell.isTrappingExits) {
    case .ignore: break
    case .terminate(let reason): end(cell, reason, cause: sender?.cause)
    case .deliver:
      cell.deliver(
        .info(.exit(Exit(sender: sender?.pid, reason: reason))), cause: sender?.cause)
    }
  }

  /// Lets a process fail as if its own code had thrown: a fault to try things with.
  ///
  /// A server runs its `terminate` and ends with an error reason whose message is `message`.
  public func crash(_ pid: PID, _ message: String) {
    send(
      Letter.Content.system(.fail(EscapedError(type: EscapedError.injected, message: message))),
      to: .pid(pid))
  }
}
