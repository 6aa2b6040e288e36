/// Links, monitors and names: what ties a process to others.
extension ProcessCell {
  package var isTrappingExits: Bool {
    get { lock.withLock { trapsExits } }
    set { lock.withLock { trapsExits = newValue } }
  }

  /// Whether it handles only system messages; for tables.
  package var isSuspended: Bool {
    get { lock.withLock { suspended } }
    set { lock.withLock { suspended = newValue } }
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
    lock.withLock { links.remove(pid) }
  }

  /// - Parameter target: As what it is monitored: the PID, or the name it had then.
  func addMonitor(_ ref: MonitorRef, of pid: PID, as target: Destination) {
    lock.withLock { monitors[ref] = (pid, target) }
  }

  /// Whom the monitor watched; nil when it has fired or was removed.
  func removeMonitor(_ ref: MonitorRef) -> PID? {
    lock.withLock { monitors.removeValue(forKey: ref)?.pid }
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
