package import Supervision

extension RuntimeEvent.Kind {
  /// Whom the event is about.
  package var identity: ProcessIdentity? {
    switch self {
    case .command: nil
    case .started(let identity, _), .exited(let identity, _), .startFailed(let identity, _):
      identity
    case .note(let note): note.subject
    }
  }
}
