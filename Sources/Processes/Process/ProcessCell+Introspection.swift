internal import Synchronization

/// What others may know of a process without asking it.
extension ProcessCell {
  package var identity: ProcessIdentity { lock.withLock { identityLocked } }

  var identityLocked: ProcessIdentity {
    ProcessIdentity(pid, tags, supervision)
  }

  /// Says what the next linked process spawned by this one is to its supervisor.
  package func setNextChild(_ child: ChildPlace?) {
    lock.withLock { ensuredExtras.nextChild = child }
  }

  func takeNextChild() -> ChildPlace? {
    lock.withLock {
      guard let extras else { return nil }
      defer { extras.nextChild = nil }
      return extras.nextChild
    }
  }

  /// What a supervisor gives to each child's start.
  package var childArguments: [any Sendable] {
    get { lock.withLock { extras?.childArguments ?? [] } }
    set { lock.withLock { ensuredExtras.childArguments = newValue } }
  }

  /// The name it was started under, whatever it leads through.
  package var startedName: (any ProcessName)? { lock.withLock { extras?.startedName?.name } }

  /// Tells the event stream that the process has started.
  @usableFromInline
  package func announceStart() {
    lock.acquire()
    isStarting = false
    guard exitReason == nil, !isSilent else { return lock.release() }
    hasAnnounced = true
    let news = RuntimeEvent.Kind.started(identityLocked, isRestart: isRestart)
    let holdsNothing = tags == nil && supervision == nil
    lock.release()
    runtime.emit(news, cause: cause, holdsNothing: holdsNothing)
  }

  /// Tells the event stream that the process could not start, or with nil that it isn't wanted.
  package func announceFailedStart(_ reason: ExitReason?) {
    let news = lock.withLock { () -> RuntimeEvent.Kind? in
      guard exitReason == nil, isStarting else { return nil }
      isStarting = false
      return .startFailed(identityLocked, reason)
    }
    if let news { runtime.emit(news, cause: cause) }
  }

  /// It never runs, and nobody is to hear of it.
  func abandonStart() { lock.withLock { isStarting = false } }

  var snapshot: ProcessSnapshot {
    let isIdle = mailbox.pointee.state == .idle
    let isWaiting =
      isWaiting || sleepers.load(ordering: .relaxed) > 0
    let received = mailbox.pointee.receivedCount
    return lock.withLock {
      let status: ProcessSnapshot.Status =
        if exitReason != nil {
          .zombie
        } else if suspended {
          .suspended
        } else if isWaiting {
          .waiting
        } else if isIdle {
          .idle
        } else {
          .running
        }
      return ProcessSnapshot(
        pid: pid, name: tags?.name, label: tags?.label, kind: kind,
        role: extras?.role ?? (kind == .agent ? "Agent" : body?.role),
        status: status, parent: parent, supervision: supervision, order: Int(order),
        restarts: Int(restarts), isSilent: isSilent,
        isTrappingExits: trapping == .now,
        links: sortedLinks,
        monitoring: bonds?.monitors.sorted.map(\.value.target) ?? [],
        monitoredBy: bonds?.watchers.sorted.map(\.value.pid).sorted() ?? [],
        // What a dead process had in its mailbox went with it.
        mailboxLength: exitReason == nil
          ? max(0, received - handledCount.load(ordering: .relaxed)) : 0,
        messagesReceived: received, age: runtime.now - startedAt)
    }
  }
}

// MARK: For the behaviours

extension ProcessCell {
  /// Whether the process is dead.
  package var isEnded: Bool { isDead }

  /// Why it is dead; nil when it is not.
  package var endReason: ExitReason? { lock.withLock { exitReason } }

  /// Removes messages that have arrived already. The process's own code.
  package func discard(where shouldDiscard: (Info) -> Bool) {
    discardLetters { letter in
      if case .info(let info) = letter.content { shouldDiscard(info) } else { false }
    }
  }

  /// Puts a message of the runtime's own into the mailbox.
  package func deliverSystem(_ message: SystemMessage) {
    deliver(.system(message), cause: cause)
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
