internal import Processes

/// Starting and stopping a child: what both kinds of supervisor do alike.
extension ProcessContext {
  /// Starts a child by its specification, inside the supervisor's process.
  func startChild(
    _ spec: ChildSpec, order: Int, restarts: Int, isRestart: Bool
  ) async -> Result<PID, StartError> {
    // Whatever the start function spawns and links first is the child.
    cell.setNextChild(
      ChildPlace(
        spec.supervision(by: self), order: order, restarts: restarts, isRestart: isRestart))
    defer { cell.setNextChild(nil) }
    do {
      return .success(try await spec.start(self))
    } catch let error as StartError {
      return .failure(error)
    } catch {
      return .failure(.failed(ExitReason(escaping: error)))
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
