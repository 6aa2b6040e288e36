internal import Supervision

/// Code that takes no notice of its process's end, as an endless loop or a foreign call doesn't.
///
/// Made of what every scheduler knows, the runtime's timers, so there are zombies in a simulation, too. A
/// session ends it with itself: in a program that simulates a thousand scripts nothing is left behind.
final class Deafness: Sendable {
  private typealias Sleeper = UnsafeContinuation<Void, Never>

  private struct State {
    /// Nil once all have been woken: whoever comes then does not stay.
    var sleepers: [Int: Sleeper]? = [:]
    var count = 0
  }

  private let state = Locked(State())

  /// Stays where it is; nil, until the session ends.
  func stay(for duration: Duration?, in runtime: Runtime) async {
    await withUnsafeContinuation { (sleeper: Sleeper) in
      let number = state.withLock { state -> Int? in
        state.count += 1
        state.sleepers?[state.count] = sleeper
        return state.sleepers == nil ? nil : state.count
      }
      guard let number else { return sleeper.resume() }
      guard let duration else { return }
      _ = runtime.schedule(after: max(.zero, duration)) { [self] in
        state.withLock { $0.sleepers?.removeValue(forKey: number) }?.resume()
      }
    }
  }

  /// Lets all of it go on, to its end.
  func end() {
    let sleepers = state.withLock { $0.sleepers.take() } ?? [:]
    for (_, sleeper) in sleepers.sorted(by: { $0.key < $1.key }) { sleeper.resume() }
  }
}
