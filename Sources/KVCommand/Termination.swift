import Processes
import Shell
import Supervision

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a script does when somebody wants the program to end: it stops the application in order.
enum Termination {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// Waits for a signal on a thread of its own, then stops the session and ends the program with
  /// 128 and the signal's number, as shells report it.
  static func stopOnSignals(_ session: Session) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    // Blocked everywhere, so that only the thread below gets them.
    pthread_sigmask(SIG_BLOCK, &set, nil)
    OSThread.start(name: "signals") {
      var set = sigset_t()
      sigemptyset(&set)
      for signal in signals { sigaddset(&set, signal) }
      var received: Int32 = 0
      while sigwait(&set, &received) != 0 {}
      let status = 128 + received
      // The end of the program does not depend on the application's: a second thread sees to that.
      OSThread.start(name: "patience") {
        sleep(10)
        _exit(status)
      }
      _ = _Concurrency.Task {
        session.interrupt()
        await session.stop(patience: .seconds(5))
        session.printer.flush()
        _exit(status)
      }
    }
  }
}
