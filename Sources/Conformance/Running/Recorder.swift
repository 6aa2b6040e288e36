internal import Processes
internal import Supervision

/// An event of a scenario that its own processes tell, as a line of the trace.
struct ScenarioNote: EventNote {
  let trace: JSON
  var eventName: String { "scenario" }
  var subject: ProcessIdentity? { nil }
}

/// Knows the labels of a scenario's processes and collects its events.
///
/// Everything goes through the runtime's event stream, so there is one order: what processes note, and
/// the exits that the runtime itself reports.
final class Recorder: Sendable {
  struct Known {
    /// How often the init function of each id was invoked.
    var invocations: [String: Int] = [:]
    /// The latest incarnation of each id that started successfully.
    var latest: [String: String] = [:]
    var pids: [String: PID] = [:]
    var labels: [PID: String] = [:]
    /// Labels that count as alive while their processes are.
    var counted: Set<String> = []
    var supervisors: Set<String> = []
    /// Labels whose init function was to return ok.
    var willing: Set<String> = []
  }

  let runtime: Runtime
  private let known = Locked(Known())
  private let subscription: EventSubscription

  init(_ runtime: Runtime) {
    self.runtime = runtime
    subscription = runtime.events.subscribe(capacity: .max)
  }

  // MARK: Labels

  /// Counts an invocation of the init function of `id`.
  func beginIncarnation(of id: String) -> (label: String, number: Int) {
    known.withLock { known in
      let number = known.invocations[id, default: 0] + 1
      known.invocations[id] = number
      return ("\(id)#\(number)", number)
    }
  }

  /// The process is known by its label from when its init function is invoked, whatever comes of that.
  func identify(_ pid: PID, as label: String) {
    known.withLock { $0.labels[pid] = label }
  }

  /// How often the init function of `id` was invoked so far.
  func invocations(of id: String) -> Int { known.withLock { $0.invocations[id] ?? 0 } }

  /// Notes that an incarnation started successfully.
  func started(_ label: String, of id: String, as pid: PID) {
    known.withLock { known in
      known.latest[id] = label
      known.pids[label] = pid
      known.labels[pid] = label
      known.counted.insert(label)
    }
  }

  /// Gives a plain process its bare name.
  func name(_ name: String, _ pid: PID) {
    known.withLock { known in
      known.pids[name] = pid
      known.labels[pid] = name
    }
  }

  /// Notes that the init function of `label` is to return ok: should the start fail all the same, that
  /// is an exit. A supervisor has started then as far as operations are concerned.
  func isWilling(_ label: String, isSupervisor: Bool = false) {
    known.withLock { known in
      known.willing.insert(label)
      if isSupervisor { known.supervisors.insert(label) }
    }
  }

  /// The process that an operation means: an id's latest incarnation, or exactly one.
  func pid(_ id: String) -> PID? {
    known.withLock { known in known.pids[id] ?? known.latest[id].flatMap { known.pids[$0] } }
  }

  /// The label of a process; `driver` for whoever runs the steps.
  func label(_ pid: PID?) -> String {
    guard let pid else { return "driver" }
    return known.withLock { $0.labels[pid] } ?? runtime.snapshot(of: pid)?.label ?? pid.description
  }

  /// The labels of the living, sorted.
  var alive: [JSON] {
    known.withLock { known in
      known.counted.filter { label in known.pids[label].map(runtime.isAlive) ?? false }.sorted()
    }.map { .string($0) }
  }

  /// A reason as the trace shows it.
  func text(_ reason: ExitReason) -> String {
    switch reason {
    case .alreadyStarted(let pid): "already_started:\(label(pid))"
    case .shutdownWith(let detail): "shutdown:\(text(detail))"
    case .callFailed(let operation, let reason): "\(text(reason))@\(operation.rawValue)"
    case .failedToStartChild(let id, let reason): "failed_to_start_child:\(id):\(text(reason))"
    default: reason.description
    }
  }

  func json(_ reason: ExitReason) -> JSON { .string(text(reason)) }

  // MARK: Events

  /// Adds an event to the trace.
  func note(_ parts: JSON...) { runtime.note(ScenarioNote(trace: .array(parts))) }

  /// The events since the last time.
  func drain() -> [JSON] {
    subscription.drain().events.compactMap { event in
      switch event.kind {
      case .note(let note as ScenarioNote): return note.trace
      case .exited(let identity, let reason):
        guard let label = identity.label else { return nil }
        return ["exit", .string(label), json(reason)]
      case .startFailed(let identity, let reason?):
        guard let label = identity.label, known.withLock({ $0.willing.contains(label) })
        else { return nil }
        rememberFailedSupervisor(label, identity.pid)
        return ["exit", .string(label), json(reason)]
      default: return nil
      }
    }
  }

  private func rememberFailedSupervisor(_ label: String, _ pid: PID) {
    known.withLock { known in
      guard known.supervisors.contains(label), let end = label.lastIndex(of: "#") else { return }
      known.pids[label] = pid
      known.labels[pid] = label
      let id = String(label[..<end])
      // An incarnation that did start is meant rather.
      if known.latest[id] == nil { known.latest[id] = label }
    }
  }

  /// Who started since the last time, in order.
  func drainStarts() -> [(identity: ProcessIdentity, isRestart: Bool)] {
    subscription.drain().events.compactMap { event in
      if case .started(let identity, let isRestart) = event.kind {
        (identity, isRestart)
      } else {
        nil
      }
    }
  }
}
