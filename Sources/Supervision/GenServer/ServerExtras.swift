internal import Processes

/// What few servers have beside their state, apart, so that the others are small.
@usableFromInline
final class ServerExtras {
  /// Who is told what the server does; nil, and then it costs nothing, when nobody is.
  @exclusivity(unchecked) var debug: ServerDebug?
  @exclusivity(unchecked) var isSuspended = false
  /// The wait for the next message that it is in, by number, and how long that lasts.
  @exclusivity(unchecked) var waits = 0
  @exclusivity(unchecked) var waitLimit = Duration.zero
  @exclusivity(unchecked) var timer: TimerRef?

  /// Whether more is to be done with a message than to handle it.
  var concernsMessages: Bool { debug != nil || timer != nil }
}

extension ServerBody {
  private func change(_ body: (ServerExtras) -> Void) {
    let extras = extras ?? ServerExtras()
    body(extras)
    self.extras = extras
    mayTakeShortcut = !extras.concernsMessages
  }

  var debug: ServerDebug? {
    get { extras?.debug }
    set { change { $0.debug = newValue } }
  }

  var isSuspended: Bool {
    get { extras?.isSuspended ?? false }
    set { change { $0.isSuspended = newValue } }
  }

  // MARK: Waiting for the next message

  var isWaiting: Bool { extras?.timer != nil }

  /// How long the wait lasts that the server is in, from its beginning; nil when it is in none.
  var currentWait: Duration? { extras.flatMap { $0.timer == nil ? nil : $0.waitLimit } }

  func wait(_ timeout: Duration, _ process: ProcessContext) {
    change { extras in
      extras.waits += 1
      extras.waitLimit = timeout
      let (wait, cell) = (extras.waits, process.cell)
      // Always through the mailbox, also for a timeout of zero: a message that is there already wins.
      extras.timer = process.runtime.timers.schedule(after: timeout) {
        cell.deliverSystem(.waitedLongEnough(wait: wait))
      }
    }
  }

  func stopWaiting(_ process: ProcessContext) {
    guard let timer = extras?.timer else { return }
    process.runtime.timers.cancel(timer)
    change { $0.timer = nil }
  }

  /// Whether it is this wait that is over, rather than one that a message has ended.
  func endWait(_ wait: Int) -> Bool {
    guard isWaiting, extras?.waits == wait else { return false }
    change { $0.timer = nil }
    return true
  }
}
