internal import Processes
internal import Supervision

/// Everybody as they were a moment ago, taken anew no more often than it may cost.
///
/// A snapshot of many processes takes a while; several pages that ask at once share one, and under load the next has to
/// wait until `pace` times the cost of the last has passed. Small systems are looked at anew each time.
final class SnapshotCache: Sendable {
  struct Moment: Sendable {
    /// The newest event that may be in it: later ones are not.
    let sequence: EventNumber
    let time: Duration
    let processes: [ProcessSnapshot]
  }

  private struct State {
    var last: Moment?
    var takenAt = ContinuousClock.now
    var cost = Duration.zero
  }

  private let runtime: Runtime
  private let state = Locked(State())
  /// One part in so many of one processor's time.
  private static let pace = 100
  private static let oldest = Duration.seconds(3)

  init(_ runtime: Runtime) { self.runtime = runtime }

  /// - Parameter isFresh: Whether it has to be of now, whatever it costs.
  func moment(isFresh: Bool = false) -> Moment {
    // Under the lock, so that two who ask at once take one.
    state.withLock { state in
      let now = ContinuousClock.now
      if !isFresh, let last = state.last,
        now - state.takenAt < min(state.cost * Self.pace, Self.oldest)
      {
        return last
      }
      // First the number, so that what the events tell is in the snapshot, or later.
      let sequence = runtime.events.lastNumber
      let moment = Moment(
        sequence: sequence, time: runtime.now, processes: runtime.snapshot)
      state.last = moment
      state.takenAt = ContinuousClock.now
      state.cost = state.takenAt - now
      // What is cheap is not worth being old.
      if state.cost < .milliseconds(1) { state.cost = .zero }
      return moment
    }
  }
}
