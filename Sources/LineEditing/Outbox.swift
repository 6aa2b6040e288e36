/// What other threads have for the editor's thread: texts to print, and word that a command ended.
///
/// It differs from `OutputQueue`, which it holds, in that it is shared: this is the waiting, that is
/// the decision.
///
/// Invariants, all under `state`:
/// 1. After every change a byte is in the pipe, or about to be, until the editor's thread
///    acknowledges it. So no change is slept through.
/// 2. Between two acknowledgements one byte is written, however many changes there are.
/// 3. A text written before a `finish` by the same thread is queued before `isFinished` is seen.
final class Outbox: Sendable {
  private struct State {
    var queue: OutputQueue
    var isFinished = false
    var isAwake = false
    var isClosed = false
  }

  private let state: Lock<State>
  private let pipe: Pipe

  init(limit: Int) throws(LineEditingError) {
    pipe = try Pipe()
    state = Lock(State(queue: OutputQueue(limit: limit)))
  }

  /// Readable when something has changed.
  var wake: Descriptor { pipe.readEnd }

  // MARK: Any thread

  func write(_ text: String) {
    change { $0.queue.append(text) }
  }

  func finish() {
    change { $0.isFinished = true }
  }

  private func change(_ body: (inout State) -> Void) {
    let needsByte = state.withLock { state in
      if state.isClosed { return false }
      body(&state)
      defer { state.isAwake = true }
      return !state.isAwake
    }
    // Outside the lock: the pipe doesn't block, but a system call takes its time.
    if needsByte { pipe.writeEnd.writeAll([1]) }
  }

  // MARK: The editor's thread

  func acknowledge() {
    // Empty the pipe first. A byte that is written in between is lost only while `isAwake` is still
    // true, so its change is seen by whoever looks after this.
    _ = pipe.readEnd.read()
    state.withLock { $0.isAwake = false }
  }

  var hasTexts: Bool { state.withLock { !$0.queue.isEmpty } }
  var isFinished: Bool { state.withLock { $0.isFinished } }

  func take(_ count: Int) -> [String] { state.withLock { $0.queue.take(count) } }
  func forgetFinish() { state.withLock { $0.isFinished = false } }
  func close() { state.withLock { $0.isClosed = true } }
}
