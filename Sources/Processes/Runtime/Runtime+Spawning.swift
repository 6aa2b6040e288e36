internal import Synchronization

/// How processes come into being.
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
    _ body: consuming @escaping @Sendable (ProcessContext) async throws -> Void
  ) -> PID {
    spawn(.function(consume body), label: label, isTrappingExits: isTrappingExits)
  }

  /// The same for a function without `async`, which can do all but wait: it needs no task, and costs half.
  @discardableResult
  public func spawn(
    label: String? = nil, isTrappingExits: Bool = false,
    _ body: consuming @escaping @Sendable (ProcessContext) throws -> Void
  ) -> PID {
    spawn(.directFunction(consume body), label: label, isTrappingExits: isTrappingExits)
  }

  /// Starts a process of the house's own, whose start and end are no events.
  @discardableResult
  package func spawnSilently(
    label: String, _ body: consuming @escaping @Sendable (ProcessContext) async throws -> Void
  ) -> PID {
    var options = SpawnOptions(label: label)
    options.isSilent = true
    return spawn(options, .function(body), parent: Self.current).pid
  }

  /// Runs `action` once, `delay` from now; it must be brief.
  package func schedule(
    after delay: Duration, _ action: @escaping @Sendable () -> Void
  ) -> TimerRef {
    timers.schedule(after: delay, action)
  }

  private func spawn(
    _ code: consuming ProcessCode, label: String?, isTrappingExits: Bool
  ) -> PID {
    let spawner = CurrentProcess.reference
    let isFenced = spawner?._withUnsafeGuaranteedRef { $0.isDead } ?? false
    if label == nil, !isTrappingExits, !isFenced, !isShutDown.load(ordering: .acquiring) {
      return spawnPlainly(code, by: spawner)
    }
    let options = SpawnOptions(label: label, isTrappingExits: isTrappingExits)
    return spawn(options, code, parent: Self.current).pid
  }

  /// Starts a process of which nothing is to be said but its function: in a short way, since most such live shortly.
  private func spawnPlainly(
    _ code: consuming ProcessCode, by spawner: Unmanaged<ProcessCell>?
  ) -> PID {
    let cause = spawner?._withUnsafeGuaranteedRef { $0.causeNumber } ?? 0
    let time = coarseNanoseconds()
    let (pid, reference) = processes.takePlace(for: self)
    reference.moveIn(pid, &code, at: time, cause: cause)
    // It is there until it has run, since it is active.
    reference._withUnsafeGuaranteedRef { cell in
      processes.insert(cell)
      if isShutDown.load(ordering: .acquiring) { end(cell, .killed, cause: nil) }
      events.emitStart(of: cell, at: time)
    }
    scheduler.enqueueLast(.process(reference))
    return pid
  }

  /// Starts a process that is one function, as `options` say.
  package func spawn(
    _ options: borrowing SpawnOptions, _ code: consuming ProcessCode, parent: ProcessCell?
  ) -> ProcessCell {
    let cell = prepare(options, code, of: nil, parent: parent)
    cell.announceStart()
    scheduler.enqueueLast(.process(cell))
    return cell
  }

  /// Makes a process that is yet to be enqueued, linked and monitored as `options` say.
  private func prepare(
    _ options: borrowing SpawnOptions, _ code: consuming ProcessCode, of body: (any ProcessBody)?,
    parent: ProcessCell?
  ) -> ProcessCell {
    let (pid, reference) = processes.takePlace(for: self)
    let cell = reference.takeUnretainedValue()
    cell.moveIn(
      pid, code, of: body, at: coarseNanoseconds(), cause: parent?.causeNumber ?? 0)
    // A process of another runtime is nobody here.
    let isChild = options.isLinked && parent?.runtime === self
    cell.moveIn(
      with: options, parent: isChild ? parent?.pid : nil,
      place: options.isLinked ? options.place ?? parent?.takeNextChild() : nil)
    processes.insert(cell)
    if let caller = options.caller, !cell.addCaller(caller) { caller.fail(.killed) }
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
    _ options: borrowing SpawnOptions, body: any ProcessBody, _ step: LetterStep?,
    parent: ProcessCell?
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
    _ options: borrowing SpawnOptions, body: any ProcessBody, _ step: LetterStep?,
    parent: ProcessCell?,
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
    _ options: borrowing SpawnOptions, body: any ProcessBody, _ step: LetterStep?,
    parent: ProcessCell?
  ) throws(RegistrationError) -> ProcessCell {
    if let name = options.name?.name, let holder = self.cell(name.destination), !holder.isDead {
      throw .nameTaken(name.description, by: holder.pid)
    }
    let cell = prepare(options, step.map { .step($0) } ?? .body, of: body, parent: parent)
    if let name = options.name?.name {
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
