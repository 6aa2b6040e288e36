/// What other threads have for the editor's thread: texts to print, a panel to draw over the last one, and
/// word that a command ended.
///
/// It differs from `OutputQueue`, which it holds, in that it is shared: this is the waiting, that is
/// the decision.
///
/// Invariants, all under `state`:
/// 1. After every change a byte is in the pipe, or about to be, until the editor's thread
///    acknowledges it. So no change is slept through.
/// 2. Between two acknowledgements one byte is written, however many changes there are.
/// 3. A text written before a `finish` by the same thread is queued before `isFinished` says so.
/// 4. `finished` only grows: word of an earlier request, however late, ends no later one.
final class Outbox: Sendable {
  private struct State {
    var queue: OutputQueue
    /// What stands below all texts; nil, nothing.
    var panel: String?
    var isPanelNew = false
    /// The latest request that has ended.
    var finished = Int.min
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

  /// Puts a panel in the place of the last one.
  func show(_ panel: String) {
    change {
      $0.panel = panel
      $0.isPanelNew = true
    }
  }

  /// Makes the panel a text like any other, if there is one.
  func keepPanel() {
    change {
      guard let panel = $0.panel else { return }
      $0.queue.append(panel)
      $0.panel = nil
      $0.isPanelNew = true
    }
  }

  func finish(_ request: Int) {
    change { $0.finished = max($0.finished, request) }
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
  func isFinished(_ request: Int) -> Bool { state.withLock { $0.finished >= request } }

  func take(_ count: Int) -> [String] { state.withLock { $0.queue.take(count) } }

  /// Texts, and the panel below them, which is the same as the last time unless `isPanelNew`.
  func takeWithPanel(_ count: Int) -> (texts: [String], panel: String?, isPanelNew: Bool) {
    state.withLock { state in
      defer { state.isPanelNew = false }
      return (state.queue.take(count), state.panel, state.isPanelNew)
    }
  }

  /// Forgets the panel: it belonged to a command that nobody waits for any more.
  func forgetPanel() {
    state.withLock { state in
      state.panel = nil
      state.isPanelNew = false
    }
  }

  func close() { state.withLock { $0.isClosed = true } }
}
