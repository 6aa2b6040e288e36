/// Sending: by code outside, and on behalf of the calling process.
extension Runtime {
  /// Sends `message` to a process; nothing happens when it is dead.
  ///
  /// Messages and signals from one sender to one receiver arrive in the order they were sent.
  @inlinable
  public func send(_ pid: PID, _ message: some Sendable) {
    post(LetterNode(plain: message, cause: nil), to: .pid(pid))
  }

  /// Sends `message` to whoever bears the name.
  ///
  /// - Returns: False when nobody does: Erlang's `badarg`.
  @discardableResult
  public func send(name: String, _ message: some Sendable) -> Bool {
    guard let cell = names.find(name) else { return false }
    if !Self.isFenced { _ = cell.post(LetterNode(plain: message, cause: Self.current?.cause)) }
    return true
  }

  /// Sends `message` after `delay`, unless cancelled.
  public func send(_ pid: PID, _ message: some Sendable, after delay: Duration) -> TimerRef {
    let cause = CurrentProcess.cell?.cause
    return timers.schedule(after: delay) { [self] in
      _ = processes.find(pid)?.post(LetterNode(plain: message, cause: cause))
    }
  }

  /// Stops a timer.
  ///
  /// - Returns: How much time was left; nil when it has fired or was cancelled before.
  @discardableResult
  public func cancel(_ timer: TimerRef) -> Duration? {
    timers.cancel(timer)
  }

  /// Sends `message`, which arrives only while the receiver's monitor `ref` is active: an answer
  /// that nobody waits for any more leaves no trace, as with Erlang's monitors with an alias.
  package func send(_ pid: PID, _ message: some Sendable, whileMonitoredBy ref: MonitorRef) {
    guard !Self.isFenced else { return }
    processes.find(pid)?.deliver(
      LetterNode(plain: message, cause: Self.current?.cause), restingOn: .alias(ref))
  }

  /// Sends a message of a server's own type, or what else a letter can hold; nothing happens when nobody is
  /// there.
  package func send<Message: Sendable>(_ message: consuming Message, to destination: Destination) {
    post(LetterNode(message, cause: nil), to: destination)
  }

  /// The same for the runtime of this number.
  @inlinable
  package static func send<Message: Sendable>(
    _ message: consuming Message, to destination: Destination, in number: UInt32
  ) {
    post(LetterNode(message, cause: nil), to: destination, in: number)
  }

  /// Sends a letter to somebody in the runtime of this number.
  @usableFromInline
  static func post(_ node: LetterNode, to destination: Destination, in number: UInt32) {
    guard let sender = CurrentProcess.reference,
      sender._withUnsafeGuaranteedRef({ $0.pid.runtime == number })
    else { return RuntimeDirectory.find(number).post(node, to: destination) }
    sender._withUnsafeGuaranteedRef { $0.runtime.post(node, to: destination, from: $0) }
  }

  /// Sends a letter on behalf of the calling process.
  @usableFromInline
  func post(_ node: LetterNode, to destination: Destination) {
    if let sender = CurrentProcess.reference {
      sender._withUnsafeGuaranteedRef { post(node, to: destination, from: $0) }
    } else {
      dispatch(node, to: destination)
    }
  }

  private func post(_ node: LetterNode, to destination: Destination, from sender: ProcessCell) {
    // Fencing: a killed process whose code still runs has no say any more.
    if sender.isDead { return node.destroy() }
    node.cause = sender.causeNumber
    dispatch(node, to: destination)
  }

  @inline(__always)
  private func dispatch(_ node: LetterNode, to destination: Destination) {
    guard case .pid(let pid) = destination else { return dispatchByName(node, to: destination) }
    switch processes.deliver(node, to: pid) {
    case .refused: node.destroy()
    case .accepted: break
    case .acceptedByIdle(let cell): scheduler.enqueue(.process(cell))
    }
  }

  @inline(never)
  private func dispatchByName(_ node: LetterNode, to destination: Destination) {
    if let cell = cell(destination) { _ = cell.post(node) } else { node.destroy() }
  }

  package func cell(_ destination: Destination) -> ProcessCell? {
    switch destination {
    case .pid(let pid): processes.find(pid)
    case .name(let name): names.find(name)
    case .via(let name): name.pid.flatMap { processes.find($0) }
    }
  }
}
