import Supervision
import SupervisionTesting
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Random trees under random faults: after every fault, once all has settled, the tree is whole.
///
/// `PROPERTY_SEEDS=10000 swift test --filter RandomTree` tries more of them.
@Suite struct RandomTreeTests {
  static let seeds = getenv("PROPERTY_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 300

  @Test func `whatever fails, the tree is whole again or gone`() async throws {
    for seed in 0..<Self.seeds {
      try await simulate(seeds: CollectionOfOne(seed)) { runtime in
        var story = TreeStory(runtime: runtime, generator: SeededGenerator(seed: ~seed))
        try await story.run()
      }
    }
  }

  @Test func `the check of a tree finds a process that nobody supervises`() throws {
    let faults = try Simulation(seed: 1).run { runtime in
      let supervisor = try await Supervisor.start(
        in: runtime, children: [RandomWorker.spec(RandomWorker(id: "a"))])
      let before = await TreeCheck(runtime).faults
      let stray = runtime.spawn(label: "stray") { process in _ = try await process.receive() }
      try runtime.register("lost", stray)
      await runtime.settle()
      let after = await TreeCheck(runtime).faults
      try await supervisor.stop()
      return (before, after)
    }
    #expect(faults.0 == [])
    #expect(faults.1 == ["lost <0.3.0> is supervised by nobody"])
  }
}

/// A worker with random habits.
struct RandomWorker: GenServer {
  enum Message: Sendable {
    case finish(ExitReason)
    case call(String)
  }

  var id: String
  var isTrappingExits = false
  var isNamed = false
  var cleanup: Duration = .zero
  /// Out of a hundred starts, so many fail; so many say that they aren't wanted.
  var failures = 0
  var refusals = 0
  /// Decides about this start; drawn anew each time by the number of the process.
  func initialize(_ process: ProcessContext) -> Initial {
    process.isTrappingExits = isTrappingExits
    var generator = SeededGenerator(seed: UInt64(process.pid.serial))
    let draw = Int.random(in: 0..<100, using: &generator)
    if draw < failures { return .stop(.custom("unlucky")) }
    if draw < failures + refusals { return .ignore }
    return .ok
  }

  func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    switch message {
    case .finish(let reason): return .stop(reason)
    case .call(let name):
      // A call into the tree, in the middle of whatever happens there.
      let peer = ServerRef<Message>(process.runtime, name: name)
      try? await peer.stop(.normal, timeout: .milliseconds(50))
      return .receive
    }
  }

  func terminate(_ reason: ExitReason, _ process: ProcessContext) async throws {
    if cleanup > .zero { try await process.sleep(for: cleanup) }
  }

  static func spec(
    _ worker: RandomWorker, restart: ChildSpec.Restart = .permanent,
    shutdown: ChildSpec.Shutdown? = nil
  ) -> ChildSpec {
    childSpec(
      id: worker.id, name: worker.isNamed ? worker.id : nil, label: worker.id, restart: restart,
      shutdown: shutdown
    ) { _ in worker }
  }
}

/// Makes a tree and lets faults happen to it.
struct TreeStory {
  let runtime: Runtime
  var generator: SeededGenerator
  private var lastID = 0

  init(runtime: Runtime, generator: SeededGenerator) {
    self.runtime = runtime
    self.generator = generator
  }

  mutating func run() async throws {
    let children = supervisors(depth: 2)
    let options = supervisorOptions()
    let parent = runtime.spawn(label: "parent") { process in
      process.isTrappingExits = true
      _ = try? await Supervisor.startLinked(by: process, name: "root", children: children, options)
      while true { _ = try await process.receive() }
    }
    await runtime.settle()
    await check(after: "the start")
    for _ in 0..<Int.random(in: 1...12, using: &generator) {
      let faults = (0..<Int.random(in: 1...3, using: &generator)).map { _ in fault() }
      // Several at once, without waiting for the first one's effects.
      await withTaskGroup { group in
        for fault in faults { group.addTask { [runtime] in await fault.run(in: runtime) } }
      }
      await runtime.settle()
      // A worker may wait for its own supervisor's end until it loses patience.
      try await runtime.sleep(for: .milliseconds(300))
      await runtime.settle()
      await check(after: "\(faults)")
    }
    runtime.exit(parent, .kill)
    await runtime.settle()
    // Code of the dead that has yet to unwind is no process any more.
    let left = runtime.snapshot.filter { $0.status != .zombie }.map(\.title)
    #expect(left == [], "after the end of the root's parent")
  }

  private func check(after occasion: String) async {
    let faults = await TreeCheck(runtime).faults
    #expect(faults == [], "after \(occasion)")
  }

  // MARK: The tree

  private mutating func supervisorOptions() -> Supervisor.Options {
    Supervisor.Options(
      strategy: RestartStrategy.allCases.randomElement(using: &generator) ?? .oneForOne,
      maxRestarts: [0, 1, 3, 10, 1000].randomElement(using: &generator) ?? 3,
      within: .seconds(Int.random(in: 1...5, using: &generator)))
  }

  private mutating func restart() -> ChildSpec.Restart {
    [.permanent, .permanent, .transient, .temporary].randomElement(using: &generator) ?? .permanent
  }

  private mutating func supervisors(depth: Int) -> [ChildSpec] {
    (0..<Int.random(in: 0...4, using: &generator)).map { _ in
      lastID += 1
      let kind = depth == 0 ? 0 : Int.random(in: 0...3, using: &generator)
      switch kind {
      case 2:
        return DynamicSupervisor.childSpec(
          id: "d\(lastID)", name: "d\(lastID)", restart: restart(),
          .init(maxRestarts: [0, 3, 1000].randomElement(using: &generator) ?? 3))
      case 3:
        let (id, options) = (lastID, supervisorOptions())
        return Supervisor.childSpec(
          id: "s\(id)", name: "s\(id)", restart: restart(), children: supervisors(depth: depth - 1),
          options)
      default:
        return worker("w\(lastID)")
      }
    }
  }

  private mutating func worker(_ id: String) -> ChildSpec {
    let shutdown: [ChildSpec.Shutdown] = [.brutalKill, .after(.milliseconds(20)), .infinity]
    return RandomWorker.spec(
      RandomWorker(
        id: id, isTrappingExits: Bool.random(using: &generator),
        isNamed: Bool.random(using: &generator),
        cleanup: .milliseconds([0, 0, 5, 100].randomElement(using: &generator) ?? 0),
        failures: [0, 0, 5, 40].randomElement(using: &generator) ?? 0,
        refusals: [0, 0, 0, 10].randomElement(using: &generator) ?? 0),
      restart: restart(), shutdown: shutdown.randomElement(using: &generator))
  }

  // MARK: The faults

  private mutating func fault() -> Fault {
    let processes = runtime.snapshot.filter { $0.title != "parent" }
    let reasons: [ExitReason] = [.kill, .normal, .shutdown, .custom("boom"), .noProcess]
    let reason = reasons.randomElement(using: &generator) ?? .kill
    guard let target = processes.randomElement(using: &generator) else {
      return Fault(kind: .sleep(.seconds(1)), target: nil)
    }
    lastID += 1
    let other = processes.randomElement(using: &generator)?.name ?? "nobody"
    let kind: Fault.Kind
    switch (target.kind, Int.random(in: 0...8, using: &generator)) {
    case (_, 0...2): kind = .exit(reason)
    case (_, 3): kind = .crash
    case (_, 4): kind = .stop(reason == .kill ? .shutdown : reason)
    case (_, 5): kind = .sleep(.milliseconds(Int.random(in: 1...2000, using: &generator)))
    case (.server, 6): kind = .finish(reason)
    case (.server, _): kind = .call(other)
    case (.supervisor, 6): kind = .restartChild(any: Int.random(in: 0...3, using: &generator))
    case (.supervisor, 7): kind = .terminateChild(any: Int.random(in: 0...3, using: &generator))
    case (.supervisor, _): kind = .startChild(worker("x\(lastID)"))
    case (.dynamicSupervisor, 6): kind = .terminateChild(any: 0)
    case (.dynamicSupervisor, _): kind = .startChild(worker("y\(lastID)"))
    default: kind = .exit(reason)
    }
    return Fault(kind: kind, target: target)
  }
}

/// One thing that happens to a tree from outside.
struct Fault: Sendable, CustomStringConvertible {
  enum Kind: Sendable {
    case exit(ExitReason), crash, stop(ExitReason), finish(ExitReason), call(String)
    case sleep(Duration)
    case startChild(ChildSpec), terminateChild(any: Int), restartChild(any: Int)
  }

  var kind: Kind
  var target: ProcessSnapshot?

  var description: String {
    let name =
      switch kind {
      case .startChild(let spec): "start \(spec.id) under"
      default: "\(kind)"
      }
    return "\(name) \(target.map { "\($0.title) \($0.pid)" } ?? "")"
  }

  func run(in runtime: Runtime) async {
    guard let target else { return }
    let pid = target.pid
    switch kind {
    case .exit(let reason): runtime.exit(pid, reason)
    case .crash: runtime.crash(pid, "injected")
    case .stop(let reason): try? await runtime.stop(.pid(pid), reason)
    case .finish(let reason):
      ServerRef<RandomWorker.Message>(runtime, pid: pid).cast(.finish(reason))
    case .call(let name): ServerRef<RandomWorker.Message>(runtime, pid: pid).cast(.call(name))
    case .sleep(let duration): try? await runtime.sleep(for: duration)
    case .startChild(let spec):
      if target.kind == .supervisor {
        _ = try? await Supervisor(runtime, pid: pid).startChild(spec)
      } else {
        _ = try? await DynamicSupervisor(runtime, pid: pid).startChild(spec)
      }
    case .terminateChild(let place):
      if target.kind == .supervisor {
        let supervisor = Supervisor(runtime, pid: pid)
        guard let children = try? await supervisor.whichChildren(), place < children.count,
          let id = children[place].id
        else { return }
        try? await supervisor.terminateChild(id)
        if place == 3 { try? await supervisor.deleteChild(id) }
      } else {
        let supervisor = DynamicSupervisor(runtime, pid: pid)
        guard let children = try? await supervisor.whichChildren(),
          case .running(let child)? = children.first?.state
        else { return }
        try? await supervisor.terminateChild(child)
      }
    case .restartChild(let place):
      let supervisor = Supervisor(runtime, pid: pid)
      guard let children = try? await supervisor.whichChildren(), place < children.count,
        let id = children[place].id
      else { return }
      _ = try? await supervisor.restartChild(id)
    }
  }
}

/// What is wrong with a settled system, in sentences.
struct TreeCheck {
  let faults: [String]

  init(_ runtime: Runtime) async {
    var faults: [String] = []
    let processes = runtime.snapshot.filter { $0.status != .zombie }
    let byPID = Dictionary(uniqueKeysWithValues: processes.map { ($0.pid, $0) })
    func name(_ process: ProcessSnapshot) -> String { "\(process.title) \(process.pid)" }

    for process in processes {
      // Everybody is at rest, and nobody waits for the dead.
      if process.status == .running {
        faults.append("\(name(process)) is \(process.status)")
      }
      if process.kind != .process, process.status == .waiting {
        faults.append("\(name(process)) waits inside a handler")
      }
      if process.mailboxLength > 0 { faults.append("\(name(process)) has unread letters") }
      // No orphans.
      if process.title != "parent", process.parent == nil, process.kind == .process {
        faults.append("\(name(process)) is supervised by nobody")
      }
      if let supervisor = process.supervisor {
        if byPID[supervisor] == nil { faults.append("\(name(process)) is an orphan") }
        if !process.links.contains(supervisor) {
          faults.append("\(name(process)) is not linked with its supervisor")
        }
      }
      // Links and monitors are known on both sides.
      for peer in process.links where byPID[peer]?.links.contains(process.pid) != true {
        faults.append("\(name(process)) is linked with \(peer), which is not linked with it")
      }
      for case .pid(let peer) in process.monitoring
      where byPID[peer]?.monitoredBy.contains(process.pid) != true {
        faults.append("\(name(process)) monitors \(peer), which does not know")
      }
    }

    // No name leads to a dead process, and each process knows its name.
    for (name, pid) in runtime.registeredNames where byPID[pid]?.name != name {
      faults.append("\(name) leads to \(pid), which is dead or has another name")
    }

    // Supervisors know their children: these, in the order of their starting.
    for supervisor in processes {
      let children = processes.filter { $0.supervisor == supervisor.pid }
        .sorted { $0.order < $1.order }.map(\.pid)
      let infos: [ChildInfo]
      let counts: ChildCounts
      do {
        switch supervisor.kind {
        case .supervisor:
          let handle = Supervisor(runtime, pid: supervisor.pid)
          (infos, counts) = (try await handle.whichChildren(), try await handle.countChildren())
        case .dynamicSupervisor:
          let handle = DynamicSupervisor(runtime, pid: supervisor.pid)
          (infos, counts) = (try await handle.whichChildren(), try await handle.countChildren())
        default: continue
        }
      } catch {
        faults.append("\(name(supervisor)) does not answer: \(error)")
        continue
      }
      let known = infos.compactMap { info in
        if case .running(let pid) = info.state { pid } else { nil }
      }
      if known != children {
        faults.append("\(name(supervisor)) believes in \(known), and has \(children)")
      }
      if counts.active != children.count || counts.specs != infos.count {
        faults.append("\(name(supervisor)) counts \(counts), and has \(children.count)")
      }
    }
    self.faults = faults
  }
}
