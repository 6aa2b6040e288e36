import CPlatform
import Synchronization
import Testing

@testable import Processes

/// Processes that live shortly: functions without `async`, and control blocks that are used again.
@Suite struct ShortLivesTests {
  private func withRuntime(workers: Int = 2, _ body: (Runtime) async throws -> Void) async rethrows
  {
    let runtime = Runtime(workers: workers)
    defer { runtime.shutdown() }
    try await body(runtime)
  }

  /// More than wait between a place's being given back and its next use.
  private let many = 2000

  @Test func `a function without async runs, ends with normal, and says so`() async {
    await withRuntime { runtime in
      let seen = Locked<PID?>(nil)
      let pid = runtime.spawn { process in seen.withLock { $0 = process.pid } }
      await runtime.settle()
      #expect(seen.withLock { $0 } == pid)
      #expect(!runtime.isAlive(pid) && runtime.processCount == 0)
      let events = runtime.events.recent().map { "\($0.kind)" }
      #expect(events == ["started \(pid)", "exited \(pid): normal"])
    }
  }

  @Test func `what it throws is why it ends`() async {
    struct Oops: Error {}
    await withRuntime { runtime in
      runtime.spawn { _ in throw Oops() }
      await runtime.settle()
      runtime.spawn { _ in throw ExitReason.shutdown }
      await runtime.settle()
      let reasons = runtime.events.recent().compactMap { event -> ExitReason? in
        if case .exited(_, let reason) = event.kind { reason } else { nil }
      }
      #expect(reasons.count == 2 && reasons.last == .shutdown)
      #expect("\(reasons[0])".contains("Oops"))
    }
  }

  @Test func `links and monitors of a function without async hear of its end`() async {
    await withRuntime { runtime in
      let news = Locked([String]())
      runtime.spawn { process in
        process.isTrappingExits = true
        let linked = process.spawnLinked { _ in throw ExitReason.custom("away") }
        let (watched, ref) = process.spawnMonitored { _ in }
        for _ in 0..<2 {
          switch try await process.receive() {
          case .exit(let exit):
            news.withLock { $0.append("\(exit.sender == linked) \(exit.reason)") }
          case .down(let down):
            news.withLock {
              $0.append("\(down.target == .pid(watched)) \(down.ref == ref) \(down.reason)")
            }
          default: Issue.record("another message")
          }
        }
      }
      await runtime.settle()
      #expect(news.withLock { Set($0) } == ["true away", "true true normal"])
    }
  }

  @Test func `a control block used again shows nothing of the process before`() async {
    await withRuntime(workers: 1) { runtime in
      let faults = Locked([String]())
      let look = { @Sendable (process: ProcessContext) in
        let cell = process.cell
        let isAsNew =
          !process.isTrappingExits && process.label == nil && process.name == nil
          && process.parent == nil && process.cause == nil && cell.childCount == 0
          && cell.bonds == nil && cell.extras == nil && !cell.isSuspended
          && cell.handledCount.load(ordering: .relaxed) == 0 && cell.kind == .process
        if !isAsNew { faults.withLock { $0.append("\(process.pid)") } }
      }
      let parent = runtime.spawn { process in
        while case .message(let number as Int) = try await process.receive() {
          process.cause = 0
          // Each of them leaves something else behind.
          let dirty = { @Sendable (process: ProcessContext) in
            process.cause = EventNumber(number + 1)
            switch number % 6 {
            case 0: process.isTrappingExits = true
            case 1: process.label = "somebody"
            case 2: process.cell.childCount = 7
            case 3: if let parent = process.parent { process.unlink(parent) }
            case 4: throw ExitReason.custom("gone")
            default: process.cell.isSuspended = true
            }
          }
          if number.isMultiple(of: 2) {
            process.isTrappingExits = true
            process.spawnLinked(isTrappingExits: true, dirty)
          } else {
            process.runtime.spawn(dirty)
          }
        }
      }
      for number in 0..<many {
        runtime.send(parent, number)
        await runtime.settle()
        // From outside, so that it has no cause.
        runtime.spawn(look)
        await runtime.settle()
        if number % 100 == 99 { runtime.exit(parent, .normal) }
      }
      #expect(faults.withLock { $0 } == [])
    }
  }

  @Test func `a PID means the process that it was made for, whoever has its place`() async {
    await withRuntime { runtime in
      let got = Atomic(0)
      let old = (0..<many).map { _ in runtime.spawn { _ in } }
      await runtime.settle()
      let new = (0..<many).map { _ in
        runtime.spawn { process in
          _ = try await process.receive(Int.self)
          got.add(1, ordering: .relaxed)
        }
      }
      await runtime.settle()
      #expect(!Set(old.map(\.slot)).isDisjoint(with: new.map(\.slot)))
      for pid in old {
        runtime.send(pid, 1)
        runtime.exit(pid, .kill)
        #expect(!runtime.isAlive(pid))
      }
      await runtime.settle()
      #expect(got.load(ordering: .relaxed) == 0)
      #expect(runtime.processCount == many)
      for pid in new { runtime.send(pid, 1) }
      await runtime.settle()
      #expect(got.load(ordering: .relaxed) == many)
    }
  }

  @Test func `what a function has captured is let go of before anybody hears of its end`() async {
    final class Captured: Sendable {
      let isGone: SharedFlag
      init(_ isGone: SharedFlag) { self.isGone = isGone }
      deinit { isGone.set() }
    }
    await withRuntime { runtime in
      for _ in 0..<200 {
        let (isGone, wasGone) = (SharedFlag(), SharedFlag())
        runtime.spawn { process in
          let captured = Captured(isGone)
          let (_, ref) = process.spawnMonitored { _ in _ = captured.isGone.value }
          if case .down(let down) = try await process.receive(), down.ref == ref { wasGone.set() }
        }
        await runtime.settle()
        #expect(isGone.value && wasGone.value)
      }
    }
  }

  @Test func `one that spawns without end lets the others have their turn`() async {
    await withRuntime(workers: 1) { runtime in
      let ran = Atomic(0)
      let ranMeanwhile = Atomic(0)
      runtime.spawn { process in
        for _ in 0..<many { await process.spawn { _ in ran.add(1, ordering: .relaxed) } }
        ranMeanwhile.store(ran.load(ordering: .relaxed), ordering: .relaxed)
      }
      await runtime.settle()
      #expect(ran.load(ordering: .relaxed) == many)
      #expect(ranMeanwhile.load(ordering: .relaxed) >= many - 2 * runtime.budget)
    }
  }

  @Test func `killed while it runs, it has no say any more, and leaves nothing`() async {
    await withRuntime { runtime in
      let (isRunning, isReleased, wasHeard) = (SharedFlag(), SharedFlag(), SharedFlag())
      let listener = runtime.spawn { process in
        _ = try await process.receive()
        wasHeard.set()
      }
      let pid = runtime.spawn { process in
        isRunning.set()
        while !isReleased.value { cplatform_relax(0) }
        process.send(listener, "too late")
      }
      while !isRunning.value { await Task.yield() }
      runtime.exit(pid, .kill)
      #expect(!runtime.isAlive(pid))
      isReleased.set()
      await runtime.settle()
      while runtime.snapshot.contains(where: { $0.pid == pid }) { await Task.yield() }
      #expect(!wasHeard.value)
      #expect(runtime.processCount == 1)
    }
  }

  /// Its end and the beginning of a wait for that, at the same moment, over and over.
  @Test func `nobody waits in vain for the end of one that lives shortly`() async {
    await withRuntime { runtime in
      let heard = Atomic(0)
      for _ in 0..<4 {
        runtime.spawn { process in
          for _ in 0..<500 {
            let pid = await process.spawn { _ in }
            let reason = await process.runtime.waitForExit(of: pid)
            if reason == .normal || reason == .noProcess { heard.add(1, ordering: .relaxed) }
          }
        }
      }
      #expect(await runtime.settle(timeout: .seconds(60)))
      #expect(heard.load(ordering: .relaxed) == 2000)
    }
  }

  @Test func `a runtime that was shut down goes, with the control blocks that it kept`() async {
    weak var gone: Runtime?
    do {
      let runtime = Runtime(workers: 2)
      gone = runtime
      for _ in 0..<many { runtime.spawn { _ in } }
      await runtime.settle()
      runtime.shutdown()
    }
    while gone != nil { await Task.yield() }
  }

  /// The coarse clock tells of those whom nobody watches; it must not go back behind the other.
  @Test func `no event is told before an earlier one`() async {
    await withRuntime { runtime in
      for number in 0..<many {
        if number.isMultiple(of: 3) { runtime.spawn(label: "named") { _ in } }
        runtime.spawn { _ in }
        if number == many / 2 { await runtime.settle() }
      }
      await runtime.settle()
      let times = runtime.events.recent().map(\.time)
      #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(times.count > many)
    }
  }

  @Test func `control blocks are used again also after a crowd`() async {
    await withRuntime(workers: 1) { runtime in
      for _ in 0..<5 * many { runtime.spawn { _ in } }
      await runtime.settle()
      let blocks = Locked(Set<ObjectIdentifier>())
      for _ in 0..<many {
        runtime.spawn { process in
          _ = blocks.withLock { $0.insert(ObjectIdentifier(process.cell)) }
        }
        await runtime.settle()
      }
      #expect(blocks.withLock { $0.count } < many * 3 / 4)
    }
  }

  /// A view is called by whoever causes an event, in the middle of that.
  @Test func `a view hears of a process that is there, and of one that is gone`() async throws {
    await withRuntime { runtime in
      let heard = Locked([String]())
      let viewer = runtime.spawn { process in
        while true {
          let text = try await process.receive(String.self)
          heard.withLock { $0.append(text) }
        }
      }
      await runtime.settle()
      let bell = Locked<EventSubscription?>(nil)
      let subscription = runtime.events.subscribe {
        for event in bell.withLock({ $0 })?.drain().events ?? [] {
          switch event.kind {
          case .started(let identity, _):
            runtime.send(viewer, "started \(runtime.isAlive(identity.pid)) \(runtime.processCount)")
          case .exited(let identity, _):
            runtime.send(viewer, "exited \(runtime.isAlive(identity.pid)) \(runtime.processCount)")
          default: break
          }
        }
      }
      bell.withLock { $0 = subscription }
      for _ in 0..<many {
        runtime.spawn { _ in }
        await runtime.settle()
      }
      let expected = (0..<many).flatMap { _ in ["started true 2", "exited false 1"] }
      #expect(heard.withLock { $0 } == expected)
    }
  }

  @Test func `who is killed as soon as it is heard of never runs`() async {
    await withRuntime { runtime in
      let ran = Atomic(0)
      let bell = Locked<EventSubscription?>(nil)
      let subscription = runtime.events.subscribe {
        for event in bell.withLock({ $0 })?.drain().events ?? [] {
          if case .started(let identity, _) = event.kind { runtime.exit(identity.pid, .kill) }
        }
      }
      bell.withLock { $0 = subscription }
      for _ in 0..<100 { runtime.spawn { _ in ran.add(1, ordering: .relaxed) } }
      await runtime.settle()
      #expect(ran.load(ordering: .relaxed) == 0)
      let exits = runtime.events.recent().filter { "\($0.kind)".hasSuffix("killed") }
      #expect(exits.count == 100)
    }
  }
}
