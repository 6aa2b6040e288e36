internal import Processes

/// The process behind `Applications`.
///
/// Waits for nobody while it runs: masters start and stop trees in their own processes and tell it by
/// a message and by their exit. So an application may ask it anything, and start another one, while it
/// is itself being started.
///
/// - Note: OTP's `application_controller`.
struct ApplicationController: GenServer {
  typealias Done = ReplyTo<Result<Void, ApplicationError>>

  enum Message: Sendable {
    case load(ApplicationSpec, Done)
    case unload(String, Done)
    case loaded(ReplyTo<[String]>)
    case plan(String, ReplyTo<Result<[String], ApplicationError>>)
    case start(String, ApplicationType, Done)
    case stop(String, Done)
    case running(ReplyTo<[RunningApplication]>)
    case setting(String, String, ReplyTo<(any Sendable)?>)
    case set(String, String, (any Sendable)?, Done)
    /// A master's tree runs.
    case started(String, root: PID)
  }

  private enum Phase {
    /// Those who wait for the outcome, all of whom asked to start it.
    case starting([Done])
    case running(root: PID?)
    /// Those who wait for the end, and what was asked in the meantime.
    case stopping([Done], afterwards: [Message])
  }

  /// An application that is not at rest.
  private struct Activity {
    let type: ApplicationType
    let master: PID?
    var phase: Phase
  }

  private var specs: [String: ApplicationSpec] = [:]
  private var activities: [String: Activity] = [:]
  /// Those that run or are stopped, in the order of starting.
  private var order: [String] = []

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .load(let spec, let reply):
      if specs[spec.name] != nil {
        reply(.failure(.alreadyLoaded(spec.name)))
      } else {
        specs[spec.name] = spec
        reply(.success(()))
      }
    case .unload(let name, let reply):
      if specs[name] == nil {
        reply(.failure(.unknown(name, neededBy: nil)))
      } else if activities[name] != nil {
        reply(.failure(.running(name)))
      } else {
        specs[name] = nil
        reply(.success(()))
      }
    case .loaded(let reply): reply(specs.keys.sorted())
    case .plan(let name, let reply): reply(plan(name))
    case .start(let name, let type, let reply): return start(name, type, reply, process)
    case .stop(let name, let reply): stop(name, reply, process)
    case .running(let reply):
      reply(
        order.compactMap { name in
          guard let activity = activities[name], case .running(let root) = activity.phase else {
            return nil
          }
          return RunningApplication(name: name, type: activity.type, root: root)
        })
    case .setting(let name, let key, let reply): reply(specs[name]?.environment[key])
    case .set(let name, let key, let value, let reply):
      if specs[name] == nil {
        reply(.failure(.unknown(name, neededBy: nil)))
      } else {
        specs[name]?.environment[key] = value
        reply(.success(()))
      }
    case .started(let name, let root):
      guard case .starting(let waiting) = activities[name]?.phase else { return .receive }
      activities[name]?.phase = .running(root: root)
      order.append(name)
      for reply in waiting { reply(.success(())) }
    }
    return .receive
  }

  private func plan(_ name: String) -> Result<[String], ApplicationError> {
    do throws(ApplicationError) {
      return .success(try ApplicationPlan(starting: name) { specs[$0]?.dependencies }.order)
    } catch {
      return .failure(error)
    }
  }

  private func isRunning(_ name: String) -> Bool {
    if case .running = activities[name]?.phase { true } else { false }
  }

  // MARK: Starting and stopping

  private mutating func start(
    _ name: String, _ type: ApplicationType, _ reply: Done, _ process: ProcessContext
  ) -> Next {
    guard let spec = specs[name] else {
      reply(.failure(.unknown(name, neededBy: nil)))
      return .receive
    }
    switch activities[name]?.phase {
    case nil: break
    case .running: reply(.failure(.alreadyStarted(name)))
    case .starting(let waiting): activities[name]?.phase = .starting(waiting + [reply])
    case .stopping(let waiting, let afterwards):
      activities[name]?.phase = .stopping(
        waiting, afterwards: afterwards + [.start(name, type, reply)])
    }
    guard activities[name] == nil else { return .receive }
    if let missing = spec.dependencies.first(where: { !isRunning($0) }) {
      reply(.failure(.notStarted(missing, neededBy: name)))
      return .receive
    }
    guard let root = spec.root else {
      activities[name] = Activity(type: type, master: nil, phase: .running(root: nil))
      order.append(name)
      reply(.success(()))
      return .receive
    }

    var options = ApplicationMaster.options(name)
    options.isLinked = true
    let controller = ServerRef<Message>(process.runtime, pid: process.pid)
    // Nobody waits for this: the master tells by a message that it runs, or by its exit why not.
    let started = Pending<StartOutcome>(process.runtime, owner: nil)
    let body = ServerBody(
      .waiting { process in
        try await ApplicationMaster(spec, root: root, process, tells: controller)
      }, started: started)
    do {
      let master = try process.runtime.spawn(
        options, body: body, ServerBody<ApplicationMaster>.step, parent: process.cell)
      activities[name] = Activity(type: type, master: master.pid, phase: .starting([reply]))
    } catch {
      reply(.failure(.failed(name, ExitReason(escaping: error))))
    }
    return .receive
  }

  private mutating func stop(_ name: String, _ reply: Done, _ process: ProcessContext) {
    switch activities[name]?.phase {
    case nil, .starting: reply(.failure(.notStarted(name, neededBy: nil)))
    case .stopping(let waiting, let afterwards):
      activities[name]?.phase = .stopping(waiting + [reply], afterwards: afterwards)
    case .running:
      if let master = activities[name]?.master {
        activities[name]?.phase = .stopping([reply], afterwards: [])
        process.exit(master, .shutdown)
      } else {
        forget(name)
        reply(.success(()))
      }
    }
  }

  private mutating func forget(_ name: String) {
    activities[name] = nil
    order.removeAll { $0 == name }
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    guard case .exit(let exit) = info,
      let (name, activity) = activities.first(where: { $0.value.master == exit.sender }),
      exit.sender != nil
    else { return .receive }
    forget(name)
    switch activity.phase {
    case .starting(let waiting):
      for reply in waiting { reply(.failure(.failed(name, exit.reason))) }
      return activity.type == .temporary
        ? .receive : .stop(.custom("application_start_failure:\(name):\(exit.reason)"))
    case .running:
      return activity.type.endsOthers(after: exit.reason)
        ? .stop(.custom("application_terminated:\(name):\(exit.reason)")) : .receive
    case .stopping(let waiting, let afterwards):
      for reply in waiting { reply(.success(())) }
      for message in afterwards { _ = handle(message, process) }
      return .receive
    }
  }

  /// Stops everything, the youngest first.
  mutating func terminate(_ reason: ExitReason, _ process: ProcessContext) async {
    // What is about to start has no order yet, and may never come to an end by itself. Sorted, since
    // a dictionary's order differs from run to run.
    for (_, activity) in activities.sorted(by: { $0.key < $1.key }) {
      guard case .starting = activity.phase, let master = activity.master else { continue }
      await process.shutDownChild(master, .brutalKill)
    }
    for name in order.reversed() {
      if let master = activities[name]?.master { await process.shutDownChild(master, .infinity) }
    }
  }
}
