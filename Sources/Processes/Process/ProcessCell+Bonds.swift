/// Links, monitors and names: what ties a process to others.
extension ProcessCell {
  package var isTrappingExits: Bool {
    get { lock.withLock { trapping == .now } }
    set { lock.withLock { trapping = newValue ? .now : trapping == .never ? .never : .before } }
  }

  /// Whether exit signals may be in its mailbox.
  package var mayHaveExits: Bool { lock.withLock { trapping != .never } }

  /// Whether it handles only system messages; for tables.
  package var isSuspended: Bool {
    get { lock.withLock { suspended } }
    set { lock.withLock { suspended = newValue } }
  }

  package var name: String? { lock.withLock { tags?.name } }

  package var label: String? {
    get { lock.withLock { tags?.label } }
    set { lock.withLock { tags = .init(ifAny: tags?.name, newValue) } }
  }

  /// False when the process is dead.
  func addLink(_ pid: PID) -> Bool {
    lock.withLock {
      guard exitReason == nil else { return false }
      insertLink(pid)
      return true
    }
  }

  /// Whether there was such a link.
  @discardableResult
  func removeLink(_ pid: PID) -> Bool {
    lock.withLock { deleteLink(pid) }
  }

  /// - Parameter target: As what it is monitored: the PID, or the name it had then.
  func addMonitor(_ ref: MonitorRef, of pid: PID, as target: Destination) {
    lock.withLock { withBonds { $0.monitors.insert(ref, (pid, target)) } }
  }

  /// Whom the monitor watched; nil when it has fired or was removed.
  func removeMonitor(_ ref: MonitorRef) -> PID? {
    lock.withLock { bonds?.monitors.remove(ref)?.pid }
  }

  /// False when the process is dead.
  func addWatcher(_ ref: MonitorRef, _ watcher: Bonds.Watcher) -> Bool {
    lock.withLock {
      guard exitReason == nil else { return false }
      withBonds { $0.watchers.insert(ref, watcher) }
      return true
    }
  }

  func removeWatcher(_ ref: MonitorRef) {
    lock.withLock { _ = bonds?.watchers.remove(ref) }
  }

  /// Takes the name; false when the process is dead or has one.
  func takeName(_ name: String) -> Bool {
    lock.withLock {
      guard exitReason == nil, tags?.name == nil else { return false }
      tags = ProcessTags(name: name, label: tags?.label)
      return true
    }
  }

  func dropName(_ name: String) {
    lock.withLock { if tags?.name == name { tags = .init(ifAny: nil, tags?.label) } }
  }

  /// What an exit signal from a link does, by the signal's table. The link is used up, except where
  /// the signal becomes a letter: then by the letter's delivery.
  func receiveLinkSignal(_ reason: ExitReason, from pid: PID) -> ExitSignal.Outcome {
    lock.withLock {
      // Unlinked in the meantime: nothing new may arrive.
      guard exitReason == nil, isLinked(with: pid) else { return .ignore }
      let outcome = ExitSignal(reason: reason, origin: .link)
        .outcome(isTrappingExits: trapping == .now)
      if outcome != .deliver { deleteLink(pid) }
      return outcome
    }
  }
}
