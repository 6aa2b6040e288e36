internal import Supervision

extension CausalStory {
  /// The newest event that says what became of such a process: its end, or else its start.
  static func latestFate(
    of target: EventTarget, in history: [RuntimeEvent]
  ) -> RuntimeEvent? {
    var start: RuntimeEvent?
    for event in history.reversed() where target.matches(event.kind.identity) {
      switch event.kind {
      case .exited, .startFailed: return start ?? event
      case .started(_, let isRestart):
        // A restart leads back to the death that it followed; a first start is the last resort.
        if isRestart { return event }
        start = start ?? event
      case .note(SupervisionNote.restartLimitReached): return event
      default: continue
      }
    }
    return start
  }
}
