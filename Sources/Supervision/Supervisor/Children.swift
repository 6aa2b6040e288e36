internal import Processes

/// Starting and stopping a child: what both kinds of supervisor do alike.
extension ProcessContext {
  /// Starts a child by its specification, inside the supervisor's process, without waiting for anybody.
  ///
  /// - Returns: Nil where that takes an `await`; then nothing has been done.
  func startChildNow(
    _ spec: ChildSpec, order: Int, restarts: Int, isRestart: Bool
  ) -> Result<PID, StartError>? {
    let place = ChildPlace(
      spec.supervision(by: self), order: order, restarts: restarts, isRestart: isRestart)
    do {
      guard case .done(let pid) = try spec.begin(by: self, as: place) else { return nil }
      return .success(pid)
    } catch {
      return .failure(StartError(escaping: error))
    }
  }

  /// Starts a child by its specification, inside the supervisor's process.
  func startChild(
    _ spec: ChildSpec, order: Int, restarts: Int, isRestart: Bool
  ) async -> Result<PID, StartError> {
    let place = ChildPlace(
      spec.supervision(by: self), order: order, restarts: restarts, isRestart: isRestart)
    do {
      switch try spec.begin(by: self, as: place) {
      case .done(let pid): return .success(pid)
      case .awaiting(let start):
        // Whatever the start function spawns and links first is the child.
        cell.setNextChild(place)
        defer { cell.setNextChild(nil) }
        return .success(try await start(self))
      }
    } catch {
      return .failure(StartError(escaping: error))
    }
  }

  /// Stops a child as its specification says, and waits until it is dead.
  ///
  /// The supervisor must know it as a child no longer when it next looks into its mailbox: the exit signal
  /// that it finds there is no failure then, but a stranger's.
  func shutDownChild(_ child: PID, _ shutdown: ChildSpec.Shutdown) async {
    // The wait is for its death, not for a message: a million children may have died just now, and to look
    // for one's `Down` behind the exits of all others, for each of them, would take the square of that.
    //
    // The link stays until it is dead: should we be killed meanwhile, it goes along.
    switch shutdown {
    case .brutalKill:
      exit(child, .kill)
    case .infinity:
      exit(child, .shutdown)
    case .after(let limit):
      exit(child, .shutdown)
      if await runtime.waitForExit(of: child, timeout: limit) == nil { exit(child, .kill) }
    }
    _ = await runtime.waitForExit(of: child)
    unlink(child)
  }

  func noteChildCount(_ count: Int) {
    cell.childCount = count
  }
}

extension StartError {
  /// What an error that escaped from a start function says to the supervisor.
  fileprivate init(escaping error: any Error) {
    self = error as? StartError ?? .failed(ExitReason(escaping: error))
  }
}
