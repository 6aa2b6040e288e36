internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The signals that matter to a terminal program, as something that `poll` can wait for.
///
/// A signal handler may do next to nothing, so ours writes the signal's number into a pipe. Handlers
/// belong to the whole program, hence all open editors share them: every one gets every signal. They
/// are installed with the first editor and what was there before comes back with the last. A signal
/// that the program was told to ignore (`nohup`) stays ignored.
///
/// Invariants:
/// 1. A place's pipe, once made, is never closed: a handler may be about to write into it.
/// 2. A place is written to only while `descriptors` names its pipe.
final class SignalPipe: Sendable {
  static let limit = 16
  static let signals = [SIGINT, SIGTSTP, SIGCONT, SIGWINCH, SIGHUP, SIGTERM]

  private struct Places {
    var pipes: [Pipe] = []
    var taken: Set<Int> = []
    var previous: [(signal: Int32, action: sigaction)] = []
  }

  private static let places = Lock(Places())

  private let place: Int
  private let pipe: Pipe
  private let isOpen = Atomic(true)

  init() throws(LineEditingError) {
    (place, pipe) = try Self.places.withLock { places throws(LineEditingError) in
      guard let place = (0..<Self.limit).first(where: { !places.taken.contains($0) }) else {
        throw .tooManyEditors(limit: Self.limit)
      }
      if place == places.pipes.count { places.pipes.append(try Pipe()) }
      let pipe = places.pipes[place]
      _ = pipe.readEnd.read()  // What came for the editor before us.
      if places.taken.isEmpty { places.previous = Self.install() }
      places.taken.insert(place)
      descriptors[place].store(pipe.writeEnd.number, ordering: .releasing)
      return (place, pipe)
    }
  }

  deinit { close() }

  /// Stops listening. Closing twice is harmless.
  func close() {
    guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
    Self.places.withLock { places in
      descriptors[place].store(-1, ordering: .releasing)
      places.taken.remove(place)
      guard places.taken.isEmpty else { return }
      for (signal, var action) in places.previous { sigaction(signal, &action, nil) }
      places.previous = []
    }
  }

  /// Readable when a signal has come.
  var readEnd: Descriptor { pipe.readEnd }

  /// The next signal, if one has come.
  func next() -> Int32? {
    guard case .bytes(let bytes) = pipe.readEnd.read(1) else { return nil }
    return bytes.first.map(Int32.init)
  }

  /// Pretends that a signal came, to this editor alone.
  func deliver(_ signal: Int32) {
    pipe.writeEnd.writeAll([UInt8(signal)])
  }

  /// Stops the program as ctrl-Z does by default, and returns when it is continued.
  ///
  /// In a process group without a parent (no job control) the system discards the stop, and this
  /// returns at once.
  func suspend() {
    var standard = sigaction()
    var ours = sigaction()
    var stop = sigset_t()
    var mask = sigset_t()
    sigemptyset(&stop)
    sigaddset(&stop, SIGTSTP)
    sigaction(SIGTSTP, &standard, &ours)
    // This thread may block signals, and `raise` means this thread.
    pthread_sigmask(SIG_UNBLOCK, &stop, &mask)
    raise(SIGTSTP)
    pthread_sigmask(SIG_SETMASK, &mask, nil)
    sigaction(SIGTSTP, &ours, nil)
  }

  private static func install() -> [(signal: Int32, action: sigaction)] {
    var previous: [(signal: Int32, action: sigaction)] = []
    for signal in signals {
      var new = sigaction()
      var old = sigaction()
      #if canImport(Darwin)
        new.__sigaction_u.__sa_handler = noteSignal
      #else
        new.__sigaction_handler.sa_handler = noteSignal
      #endif
      // Other threads' reads and writes go on as if nothing had happened.
      new.sa_flags = Int32(SA_RESTART)
      sigaction(signal, nil, &old)
      if isIgnored(old) { continue }
      sigaction(signal, &new, nil)
      previous.append((signal, old))
    }
    return previous
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

/// Where the handler writes: for each place its pipe, or -1.
///
/// `nonisolated(unsafe)`: the pointer never changes, its memory is never freed, and what it points to
/// is atomic. `install` runs after the first access, so the handler never initializes it.
private nonisolated(unsafe) let descriptors: UnsafeMutablePointer<Atomic<Int32>> = {
  let memory = UnsafeMutablePointer<Atomic<Int32>>.allocate(capacity: SignalPipe.limit)
  for place in 0..<SignalPipe.limit { (memory + place).initialize(to: Atomic(-1)) }
  return memory
}()

/// The signal handler. It calls `write` and nothing else that could lock or allocate.
private func noteSignal(_ signal: Int32) {
  let saved = errno
  var byte = UInt8(truncatingIfNeeded: signal)
  for place in 0..<SignalPipe.limit {
    let descriptor = descriptors[place].load(ordering: .acquiring)
    if descriptor >= 0 { _ = write(descriptor, &byte, 1) }
  }
  errno = saved
}
