/// A process as its own code sees it: what Erlang code does with `self()`.
///
/// Given to the code of a process and of use only there; not `Sendable`, so that it stays there. What
/// others may do to a process from outside stands in `Runtime`.
public struct ProcessContext {
  @usableFromInline package let cell: ProcessCell

  @inlinable
  package init(cell: ProcessCell) {
    self.cell = cell
  }

  @inlinable public var pid: PID { cell.pid }
  @inlinable public var runtime: Runtime { cell.runtime }

  /// The process that started this one and is linked to it; its exit signal ends a server.
  public var parent: PID? { cell.parent }

  public var name: String? { cell.name }

  /// What the application calls this process, shown beside its PID.
  public var label: String? {
    get { cell.label }
    nonmutating set { cell.label = newValue }
  }

  /// Whether exit signals arrive as messages instead of ending this process.
  public var isTrappingExits: Bool {
    get { cell.isTrappingExits }
    nonmutating set { cell.isTrappingExits = newValue }
  }

  /// The event that led to what this process does now. What it sends, starts and ends is caused by
  /// that; setting it begins a new story.
  public var cause: EventNumber? {
    get { cell.cause }
    nonmutating set { cell.cause = newValue }
  }
}

// MARK: Receiving

extension ProcessContext {
  /// Takes the first message, waiting for one if there is none.
  ///
  /// - Throws: `ProcessEnded` when the process is ended from outside meanwhile.
  @inlinable
  public func receive() async throws -> Info {
    guard let info = try await receive(timeout: nil, where: { $0 }) else { throw ProcessEnded() }
    return info
  }

  /// Takes the first message; nil when none has come after `timeout`.
  public func receive(timeout: Duration) async throws -> Info? {
    try await receive(timeout: timeout, where: { $0 })
  }

  /// Takes the first message that `match` makes something of; the others stay, in order.
  ///
  ///     let answer = try await process.receive(timeout: .seconds(1)) { info in
  ///       if case .message(let number as Int) = info { number } else { nil }
  ///     }
  ///
  /// - Returns: What `match` made of it; nil after `timeout`.
  /// - Note: Follows Erlang's selective `receive`.
  @inlinable
  public func receive<Value>(
    timeout: Duration? = nil, where match: (Info) throws -> Value?
  ) async throws -> Value? {
    try await cell.receive(timeout: timeout) { search in
      try search.first { letter in try readable(letter).flatMap { try match($0) } }
    }
  }

  /// Takes the first message of this type, waiting for one if there is none; others stay, in order.
  ///
  ///     let number = try await process.receive(Int.self)
  ///
  /// - Throws: `ProcessEnded` when the process is ended from outside meanwhile.
  @inlinable @inline(__always)
  public func receive<Message: Sendable>(_ type: Message.Type) async throws -> Message {
    let message = try await cell.receive(timeout: nil) { search in try first(type, &search) }
    guard let message else { throw ProcessEnded() }
    return message
  }

  /// The same; nil when none has come after `timeout`.
  @inlinable @inline(__always)
  public func receive<Message: Sendable>(
    _ type: Message.Type, timeout: Duration
  ) async throws -> Message? {
    try await cell.receive(timeout: timeout) { search in try first(type, &search) }
  }

  @inlinable
  func first<Message: Sendable>(
    _ type: Message.Type, _ search: inout ProcessCell.Search
  ) throws -> Message? {
    // As most of the time: the next message is of the very type, and taken as it lies there.
    if let node = search.next(), node.carries(type) {
      search.take(node)
      return node.take(type)
    }
    return try search.first { letter in
      guard case .message(let message) = try readable(letter) else { return nil }
      return message as? Message
    }
  }

  /// What a process's own code is shown of a letter.
  @usableFromInline
  func readable(_ letter: Letter) throws -> Info? {
    switch letter.content {
    case .info(let info): return info
    // A free-form process has no message type of its own: what is meant for a server is a message.
    case .server(let message): return .message(message)
    // A server in the middle of a handler gets to these afterwards, by its own rules.
    case .system where cell.kind != .process: return nil
    case .system(.fail(let error)): throw ExitReason.error(error)
    case .system(.terminate(let reason)): throw reason
    // Requests go to servers only.
    case .system(.waitedLongEnough), .system(.request), .system(.tick): return nil
    }
  }
}

// MARK: Other processes

extension ProcessContext {
  @inlinable
  public func send(_ pid: PID, _ message: some Sendable) { runtime.send(pid, message) }

  /// Sends this process a message after `delay`, unless cancelled.
  public func sendSelf(_ message: some Sendable, after delay: Duration) -> TimerRef {
    runtime.send(pid, message, after: delay)
  }

  /// Links this process with another: when one ends, the other gets an exit signal.
  ///
  /// Links go both ways, and there is at most one between two processes.
  ///
  /// - Throws: `ExitReason.error` with the message `noproc` when the other is dead and this process
  ///   does not trap exits; one that does finds an `Exit` in its mailbox instead.
  public func link(_ other: PID) throws {
    guard other != pid else { return }
    guard cell.addLink(other) else { throw ProcessEnded() }
    // This side first. Should the other die in between, its signal finds the link here.
    if let peer = runtime.cell(.pid(other)), peer.addLink(pid) { return }
    // Its death has used the link up already: then that signal is the one.
    guard cell.removeLink(other) else { return }
    guard cell.isTrappingExits else {
      throw ExitReason.error(EscapedError(type: "LinkError", message: "noproc"))
    }
    cell.deliver(
      .info(.exit(Exit(sender: other, reason: .noProcess))), cause: cell.cause)
  }

  /// Removes a link. After this nothing new arrives from it.
  public func unlink(_ other: PID) {
    cell.removeLink(other)
    runtime.cell(.pid(other))?.removeLink(pid)
  }

  /// Asks for a `Down` message when a process ends; at once when it is dead.
  ///
  /// Monitors go one way and each fires for itself.
  public func monitor(_ pid: PID) -> MonitorRef { monitor(.pid(pid)) }

  /// Monitors whoever bears the name now; `Down` then shows the name.
  public func monitor(name: String) -> MonitorRef { monitor(.name(name)) }

  private func monitor(_ target: Destination) -> MonitorRef {
    let ref = runtime.nextMonitor()
    let peer = runtime.cell(target)
    if peer === cell { return ref }
    if let peer {
      cell.addMonitor(ref, of: peer.pid, as: target)
      if peer.addWatcher(ref, .init(pid: pid, target: target)) { return ref }
      guard cell.removeMonitor(ref) != nil else { return ref }
    }
    let down = Down(ref: ref, target: target, reason: .noProcess)
    cell.deliver(.info(.down(down)), cause: cell.cause)
    return ref
  }

  /// Removes a monitor. After this no `Down` of it arrives.
  ///
  /// - Parameter flush: Whether to take out a `Down` that has arrived already.
  /// - Returns: Whether the monitor was still active.
  @discardableResult
  public func demonitor(_ ref: MonitorRef, flush: Bool = false) -> Bool {
    let watched = cell.removeMonitor(ref)
    if let watched { runtime.cell(.pid(watched))?.removeWatcher(ref) }
    // An active monitor has left nothing in the mailbox, and will not; one that has fired has left one letter.
    // So there is seldom much to look through, however many letters wait.
    if flush, watched == nil {
      cell.discardLetters(onlyFirst: true) { letter in
        if case .info(.down(let down)) = letter.content { down.ref == ref } else { false }
      }
    }
    return watched != nil
  }

  /// Sends another process, or this one, an exit signal.
  public func exit(_ pid: PID, _ reason: ExitReason) { runtime.exit(pid, reason) }

  /// Sends a linked process an exit signal whose effect is not to come back over the link.
  ///
  /// One step: should this process be killed in the middle, the signal is sent all the same. Else the
  /// other would be left without link and signal, and outlive everybody who knows of it.
  package func unlinkAndExit(_ pid: PID, _ reason: ExitReason) {
    guard !cell.isDead else { return }
    unlink(pid)
    if let peer = runtime.cell(.pid(pid)) { runtime.signal(peer, reason, sender: cell) }
  }

  /// Rests for a while; the process counts as busy meanwhile.
  ///
  /// - Throws: `ProcessEnded` when the process is ended from outside meanwhile.
  public func sleep(for duration: Duration) async throws { try await runtime.sleep(for: duration) }
}
