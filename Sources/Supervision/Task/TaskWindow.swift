internal import Processes

/// Which tasks of a stream run, which have ended, and whose result is the next.
///
/// A value: no process is touched here.
struct TaskWindow<Value> {
  typealias Outcome = Result<Value, ExitReason>

  let maxConcurrency: Int
  /// Whether results are taken in the order of starting, or of ending.
  let isOrdered: Bool
  /// The places of the tasks that run, counted from 0 in the order of starting.
  private var running: [MonitorRef: Int] = [:]
  private var values: [MonitorRef: Value] = [:]
  /// Results that wait to be taken, by place.
  private var ended: [Int: Outcome] = [:]
  /// The places of `ended` in the order of ending. A slice, so that the first is taken out without moving the others.
  private var order: ArraySlice<Int> = []
  private var started = 0
  private var taken = 0

  init(maxConcurrency: Int, isOrdered: Bool) {
    self.maxConcurrency = maxConcurrency
    self.isOrdered = isOrdered
  }

  /// Whether one more task may run.
  var hasRoom: Bool { running.count < maxConcurrency }
  var isIdle: Bool { running.isEmpty }

  func isRunning(_ ref: MonitorRef) -> Bool { running[ref] != nil }

  mutating func start(_ ref: MonitorRef) {
    running[ref] = started
    started += 1
  }

  /// A task has sent its value; it runs until its end is known, too.
  mutating func keep(_ value: Value, of ref: MonitorRef) {
    if isRunning(ref) { values[ref] = value }
  }

  /// A task has ended: with its value, if it sent one, whatever the reason.
  mutating func end(_ ref: MonitorRef, _ reason: ExitReason) {
    guard let place = running.removeValue(forKey: ref) else { return }
    ended[place] = values.removeValue(forKey: ref).map { .success($0) } ?? .failure(reason)
    if !isOrdered { order.append(place) }
  }

  /// Whether the task has sent its value.
  func hasValue(_ ref: MonitorRef) -> Bool { values[ref] != nil }

  /// Takes the next result; nil when it is not there yet.
  mutating func takeNext() -> Outcome? {
    let place = isOrdered ? taken : order.popFirst()
    guard let place, let outcome = ended.removeValue(forKey: place) else { return nil }
    taken += 1
    return outcome
  }
}
