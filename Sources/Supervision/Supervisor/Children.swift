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
  func shutDownChild(_ child: PID, _ shutdown: ChildSpec.Shutdown) async {
    // Monitor before asking. A child that unlinked itself sends no exit signal, and waiting for one
    // would hang us. The link stays until it is dead: should we be killed meanwhile, it goes along.
    let ref = monitor(child)
    switch shutdown {
    case .brutalKill:
      exit(child, .kill)
    case .infinity:
      exit(child, .shutdown)
    case .after(let limit):
      exit(child, .shutdown)
      if await waitForDown(ref, timeout: limit) { return forgetExit(of: child) }
      exit(child, .kill)
    }
    _ = await waitForDown(ref, timeout: nil)
    forgetExit(of: child)
  }

  /// False when it took too long.
  private func waitForDown(_ ref: MonitorRef, timeout: Duration?) async -> Bool {
    let down = try? await receive(timeout: timeout) { info -> Bool? in
      if case .down(let down) = info, down.ref == ref { true } else { nil }
    }
    return down ?? false
  }

  /// Takes the exit signal of a child that was stopped out of the mailbox: it is no failure.
  private func forgetExit(of child: PID) {
    unlink(child)
    cell.discard { info in
      if case .exit(let exit) = info { exit.sender == child } else { false }
    }
  }

  func noteChildCount(_ count: Int) {
    cell.childCount = count
  }
}
