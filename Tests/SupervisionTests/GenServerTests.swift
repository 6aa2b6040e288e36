import Supervision
import SupervisionTesting
import Testing

struct Boom: Error, CustomStringConvertible {
  var description: String { "boom" }
}

/// What `start` makes of each way in which initializing can end.
@Suite struct ServerStartTests {
  @Test func `start returns when the server has initialized`() async throws {
    try await withVirtualTime { runtime in
      let log = Log()
      let server = try await Puppet.start(in: runtime, name: "a", log) { puppet in
        puppet.initial = { process in
          try await process.sleep(for: .seconds(1))
          log("ready")
          return .ok
        }
      }
      #expect(log.take() == ["init", "ready"])
      #expect(server.pid == runtime.whereis("a"))
    }
  }

  @Test func `a start that fails says why, frees the name, and ends the process with that`()
    async throws
  {
    typealias Row = (
      initial: @Sendable (ProcessContext) async throws -> Puppet.Initial, error: StartError,
      exit: ExitReason
    )
    let boom = ExitReason.error(EscapedError(type: "Boom", message: "boom"))
    let rows: [Row] = [
      ({ _ in .ignore }, .ignored, .normal),
      ({ _ in .stop(.custom("no")) }, .failed(.custom("no")), .custom("no")),
      ({ _ in .stop(.normal) }, .failed(.normal), .normal),
      ({ _ in throw Boom() }, .failed(boom), boom),
      ({ _ in throw ExitReason.custom("out") }, .failed(.custom("out")), .custom("out")),
      (
        { process in
          process.exit(process.pid, .kill)
          return .ok
        }, .failed(.killed), .killed
      ),
    ]
    try await withRuntime { runtime in
      for row in rows {
        let log = Log()
        let start: @Sendable (ProcessContext) async throws -> ServerRef<Puppet.Message> = {
          try await Puppet.startLinked(by: $0, log) { $0.initial = row.initial }
        }
        // A starter that traps exits gets the error and the signal; terminate is not run.
        let exits = try await ProcessTask<[ExitReason]>.run(in: runtime) { process in
          process.isTrappingExits = true
          do {
            _ = try await start(process)
            return []
          } catch let error as StartError {
            #expect(error == row.error)
          }
          guard case .exit(let exit)? = try await process.receive(timeout: .seconds(5)) else {
            return []
          }
          return [exit.reason]
        }
        #expect(exits == [row.exit])
        #expect(log.take() == ["init"])

        await #expect(throws: row.error) {
          try await Puppet.start(in: runtime, name: "a", log) { $0.initial = row.initial }
        }
        #expect(runtime.whereis("a") == nil)
      }
      #expect(runtime.processCount == 0)
    }
  }

  @Test func `a starter that doesn't trap exits goes with a failed start, but not with ignore`()
    async throws
  {
    try await withRuntime { runtime in
      let ignored = try await ProcessTask.run(in: runtime) { process in
        await #expect(throws: StartError.ignored) {
          try await Puppet.startLinked(by: process, Log()) { $0.initial = { _ in .ignore } }
        }
        return try await process.receive(timeout: .zero) == nil
      }
      #expect(ignored)
      let starter = runtime.spawn { process in
        _ = try? await Puppet.startLinked(by: process, Log()) {
          $0.initial = { _ in .stop(.custom("no")) }
        }
        while true { _ = try await process.receive() }
      }
      #expect([.custom("no"), .noProcess].contains(await runtime.waitForExit(of: starter)))
    }
  }

  @Test func `initializing that takes too long is killed, and the starter notices nothing else`()
    async throws
  {
    try await withVirtualTime { runtime in
      let log = Log()
      let rest = try await ProcessTask.run(in: runtime) { process in
        await #expect(throws: StartError.failed(.timeout)) {
          try await Puppet.startLinked(by: process, timeout: .seconds(1), log) { puppet in
            puppet.initial = { process in
              try await process.sleep(for: .seconds(2))
              return .ok
            }
          }
        }
        try await process.sleep(for: .seconds(3))
        return (process.runtime.processCount, try await process.receive(timeout: .zero) == nil)
      }
      #expect(rest.0 == 1)
      #expect(rest.1)
      #expect(log.take() == ["init"])
    }
  }

  @Test func `where the name is taken, nothing is initialized`() async throws {
    try await withRuntime(leaks: .allowed) { runtime in
      let log = Log()
      let holder = try await Puppet.start(in: runtime, name: "a", log)
      let pid = try #require(holder.pid)
      await #expect(throws: StartError.alreadyStarted(pid)) {
        try await Puppet.start(in: runtime, name: "a", log)
      }
      #expect(log.take() == ["init"])
    }
  }

  @Test func `a continuation comes before what is in the mailbox already`() async throws {
    try await withRuntime(leaks: .allowed) { runtime in
      let log = Log()
      _ = try await Puppet.start(in: runtime, log) { puppet in
        puppet.initial = { process in
          process.send(process.pid, "early")
          return .then(
            .continue(
              with: .init { _, _ in .continue(with: .init { _, _ in .receive }) }))
        }
      }
      await runtime.settle()
      #expect(log.take() == ["init", "continue", "continue", "info early"])
    }
  }

  @Test func `a server can ask for a timeout, a stop or an end of its continuation at once`()
    async throws
  {
    try await withVirtualTime { runtime in
      let log = Log()
      _ = try await Puppet.start(in: runtime, log) { puppet in
        puppet.initial = { _ in .then(.receive(within: .seconds(1))) }
      }
      try await runtime.sleep(for: .seconds(2))
      #expect(log.take() == ["init", "timeout"])
      let server = try await Puppet.start(in: runtime, log) { puppet in
        puppet.initial = { _ in .then(.continue(with: .init { _, _ in throw Boom() })) }
      }
      await runtime.settle()
      #expect(log.take() == ["init", "continue", "terminate error:boom"])
      #expect(server.pid.map { runtime.isAlive($0) } == false)
    }
  }
}

/// What a caller gets.
@Suite struct ServerCallTests {
  @Test func `a reply may come later, from a later message or another process`() async throws {
    try await withRuntime(leaks: .allowed) { runtime in
      let server = try await Puppet.start(in: runtime, Log())
      async let first = server.ask { puppet, _, reply in
        puppet.held.append(reply)
        return .receive
      }
      async let second = server.ask { _, process, reply in
        _ = process.spawn { _ in reply("from elsewhere") }
        return .receive
      }
      #expect(try await second == "from elsewhere")
      // The first call may be on its way still.
      while try await server.ask({ puppet, _, reply in
        reply("\(puppet.held.count)")
        return .receive
      }) == "0" {}
      server.tell { puppet, _ in
        for reply in puppet.held { reply("later") }
        return .receive
      }
      #expect(try await first == "later")
    }
  }

  @Test func `only the first reply counts`() async throws {
    try await withRuntime(leaks: .allowed) { runtime in
      let server = try await Puppet.start(in: runtime, Log())
      let answer = try await server.ask { _, _, reply in
        reply("first")
        reply("second")
        return .receive
      }
      #expect(answer == "first")
    }
  }

  @Test func `a server may go on after it has replied`() async throws {
    try await withRuntime { runtime in
      let log = Log()
      let server = try await Puppet.start(in: runtime, log)
      let answer = try await server.ask { _, _, reply in
        reply("early")
        return .continue(with: .init { _, _ in .stop(.shutdown) })
      }
      #expect(answer == "early")
      await runtime.settle()
      #expect(log.take() == ["init", "continue", "terminate shutdown"])
    }
  }

  @Test func `a caller that was not answered hears of the server's end`() async throws {
    typealias Row = (
      act: @Sendable (ReplyTo<String>) async throws -> Puppet.Next, failure: String?
    )
    let rows: [Row] = [
      ({ _ in .stop(.normal) }, "normal@call"),
      ({ _ in .stop(.custom("bye")) }, "bye@call"),
      ({ _ in .stop(.shutdownWith(.custom("bye"))) }, "shutdown:bye@call"),
      ({ _ in throw Boom() }, "error:boom@call"),
      ({ _ in throw ExitReason.custom("out") }, "out@call"),
      (
        { reply in
          reply("bye")
          return .stop(.normal)
        }, nil
      ),
      (
        { reply in
          reply("bye")
          throw Boom()
        }, nil
      ),
    ]
    try await withRuntime { runtime in
      for row in rows {
        let server = try await Puppet.start(in: runtime, Log())
        let failure = await server.failure { _, _, reply in try await row.act(reply) }
        #expect(failure?.description == row.failure)
        await runtime.settle()
        #expect(server.pid.map { runtime.isAlive($0) } == false)
      }
    }
  }

  @Test func `who waits for an answer to a message that was never handled hears of the end, too`()
    async throws
  {
    try await withRuntime { runtime in
      let server = try await Puppet.start(in: runtime, Log())
      let pid = try #require(server.pid)
      async let holder = server.failure { _, process, _ in
        _ = try await process.receive { _ in nil as Int? }
        return .receive
      }
      while runtime.snapshot(of: pid)?.status != .waiting { await _Concurrency.Task.yield() }
      async let queued = server.failure { _, _, _ in .receive }
      while runtime.snapshot(of: pid)?.mailboxLength == 0 { await _Concurrency.Task.yield() }
      runtime.exit(pid, .kill)
      let failures = await [holder, queued]
      #expect(failures == [.callFailed(.call, .killed), .callFailed(.call, .killed)])
    }
  }

  @Test func `a late reply leaves no trace`() async throws {
    try await withVirtualTime { runtime in
      let server = try await Puppet.start(in: runtime, Log())
      let seen = try await ProcessTask.run(in: runtime, timeout: nil) { process in
        let failure = await server.failure(timeout: .seconds(1)) { _, process, reply in
          try await process.sleep(for: .seconds(2))
          reply("late")
          return .receive
        }
        try await process.sleep(for: .seconds(3))
        let next = try await server.ask { _, _, reply in
          reply("next")
          return .receive
        }
        return (failure, next, try await process.receive(timeout: .zero) == nil)
      }
      #expect(seen.0 == .callFailed(.call, .timeout))
      #expect(seen.1 == "next")
      #expect(seen.2)
    }
  }

  @Test func `a server calls another, and not itself`() async throws {
    try await withRuntime(leaks: .allowed) { runtime in
      let (one, two) = (
        try await Puppet.start(in: runtime, name: "one", Log()),
        try await Puppet.start(in: runtime, Log())
      )
      let relayed = try await one.ask { _, _, reply in
        reply(
          try await two.ask { _, _, reply in
            reply("relayed")
            return .receive
          })
        return .receive
      }
      #expect(relayed == "relayed")
      let byName = ServerRef<Puppet.Message>(runtime, name: "one")
      let own = try await one.ask { _, _, reply in
        let failure = await byName.failure { _, _, _ in .receive }
        reply("\(failure ?? .normal)")
        return .receive
      }
      #expect(own == "calling_self@call")
    }
  }

  @Test func `an unhandled failed call ends its caller, and that one's caller`() async throws {
    try await withRuntime { runtime in
      let log = Log()
      let (one, two) = (
        try await Puppet.start(in: runtime, log), try await Puppet.start(in: runtime, Log())
      )
      let failure = await one.failure { _, _, reply in
        reply(try await two.ask { _, _, _ in throw Boom() })
        return .receive
      }
      #expect(failure?.description == "error:boom@call@call")
      #expect(log.take() == ["init", "terminate error:boom@call"])
    }
  }

  @Test func `several calls at the same time are child tasks`() async throws {
    try await withRuntime(leaks: .allowed) { runtime in
      let (caller, server) = (
        try await Puppet.start(in: runtime, Log()), try await Puppet.start(in: runtime, Log())
      )
      // Answers nobody before both have asked.
      let together: @Sendable (inout Puppet, ProcessContext, ReplyTo<String>) -> Puppet.Next = {
        puppet, _, reply in
        puppet.held.append(reply)
        if puppet.held.count == 2 {
          for (index, reply) in puppet.held.enumerated() { reply("\(index)") }
        }
        return .receive
      }
      let both = try await caller.ask { _, _, reply in
        async let first = server.ask(together)
        async let second = server.ask(together)
        reply(String((try await first + second).sorted()))
        return .receive
      }
      #expect(both == "01")
    }
  }

  @Test func `a cast to nobody, or to a dead process, is no error`() async throws {
    try await withRuntime { runtime in
      ServerRef<Puppet.Message>(runtime, name: "nobody").tell { _, _ in .receive }
      let log = Log()
      let server = try await Puppet.start(in: runtime, log)
      try await server.stop()
      server.tell { _, _ in .receive }
      await runtime.settle()
      #expect(log.take() == ["init", "terminate normal"])
    }
  }

  @Test func `a call's message without a caller is a cast`() async throws {
    try await withRuntime(leaks: .allowed) { runtime in
      let counter = try await Counter.start(in: runtime) { _ in Counter() }
      counter.cast(.value(.nobody))
      #expect(try await counter.call { .value($0) } == 0)
    }
  }

  @Test func `errors of calls tell what was called, how long it was waited for, and why`()
    async throws
  {
    @Sendable func text(_ body: () async throws -> Void) async -> String {
      do {
        try await body()
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    try await withVirtualTime { runtime in
      let quiet: @Sendable (inout Puppet, ProcessContext, ReplyTo<String>) -> Puppet.Next = {
        _, _, _ in .receive
      }
      let nobody = ServerRef<Puppet.Message>(runtime, name: "registry")
      #expect(
        await text { _ = try await nobody.ask(timeout: nil, quiet) }
          == """
          call to registry (timeout no limit) failed: no process: nothing is registered as \
          registry, possibly because its application isn't started
          """)
      let server = try await Puppet.start(in: runtime, Log())
      let pid = try #require(server.pid)
      #expect(
        await text { _ = try await server.ask(timeout: .seconds(2), quiet) }
          == "call to \(pid) (timeout 2.0 seconds) failed: no answer in time")
      let own = try await server.ask { _, _, reply in
        reply(await text { _ = try await server.ask(quiet) })
        return .receive
      }
      #expect(
        own == """
          call to \(pid) (timeout 5.0 seconds) failed: a process that calls itself would wait forever
          """)
      #expect(
        await text { _ = try await server.ask { _, _, _ in throw Boom() } }
          == "call to \(pid) (timeout 5.0 seconds) failed: the process ended first (error:boom)")
      #expect(
        await text { try await server.stop(timeout: .seconds(1)) }
          == "stop of \(pid) (timeout 1.0 seconds) failed: no process: it is not alive")
      let task = try await ProcessTask.run(in: runtime) { process in
        process.isTrappingExits = true
        let task = ProcessTask<Int>.async(by: process) { _ in throw Boom() }
        let error = await text { _ = try await task.await() }
        let expected =
          "await of \(task.pid) (timeout 5.0 seconds) failed: the process ended first (error:boom)"
        return error == expected
      }
      #expect(task)
    }
  }
}

/// When `terminate` is run, and what the process ends with.
@Suite struct ServerEndTests {
  private typealias Row = (
    cause: String, trapping: Bool,
    end: @Sendable (ServerRef<Puppet.Message>, ProcessContext) async throws -> Void,
    seen: [String], reason: ExitReason?
  )

  @Test func `terminate is run after the server's own stop, not after every signal`() async throws {
    let boom = ExitReason.error(EscapedError(type: "Boom", message: "boom"))
    let rows: [Row] = [
      (
        "stop", false, { server, _ in server.tell { _, _ in .stop(.normal) } },
        ["terminate normal"], .normal
      ),
      (
        "stop", false, { server, _ in server.tell { _, _ in .stop(.custom("bye")) } },
        ["terminate bye"], .custom("bye")
      ),
      (
        "error", false, { server, _ in server.tell { _, _ in throw Boom() } },
        ["terminate error:boom"], boom
      ),
      (
        "exit", false, { server, _ in server.tell { _, _ in throw ExitReason.shutdown } },
        ["terminate shutdown"], .shutdown
      ),
      (
        "stop from outside", false, { server, _ in try await server.stop(.custom("bye")) },
        ["terminate bye"], .custom("bye")
      ),

      (
        "parent's signal", false, { server, parent in parent.exit(try server.process, .shutdown) },
        [], .shutdown
      ),
      (
        "parent's signal", true, { server, parent in parent.exit(try server.process, .shutdown) },
        ["terminate shutdown"], .shutdown
      ),
      (
        "parent's signal", false, { server, parent in parent.exit(try server.process, .normal) },
        [], nil
      ),
      (
        "parent's signal", true, { server, parent in parent.exit(try server.process, .normal) },
        ["terminate normal"], .normal
      ),
      (
        "stranger's signal", false,
        { server, parent in
          let pid = try server.process
          _ = parent.spawn { $0.exit(pid, .custom("bye")) }
        }, [], .custom("bye")
      ),
      (
        "stranger's signal", true,
        { server, parent in
          let pid = try server.process
          _ = parent.spawn { $0.exit(pid, .custom("bye")) }
        }, ["exit bye"], nil
      ),
      ("kill", true, { server, parent in parent.exit(try server.process, .kill) }, [], .killed),
    ]
    await withRuntime(leaks: .allowed) { runtime in
      for row in rows {
        let (log, server) = (Log(), Locked<ServerRef<Puppet.Message>?>(nil))
        let reason = Locked<ExitReason?>(nil)
        runtime.spawn { parent in
          parent.isTrappingExits = true
          let started = try await Puppet.startLinked(by: parent, log) { puppet in
            puppet.initial = { process in
              process.isTrappingExits = row.trapping
              return .ok
            }
          }
          server.withLock { $0 = started }
          try await row.end(started, parent)
          while case .exit(let exit) = try await parent.receive() {
            reason.withLock { $0 = exit.reason }
          }
        }
        await runtime.settle()
        let name = "\(row.cause), \(row.trapping ? "trapping" : "not trapping")"
        #expect(log.take() == ["init"] + row.seen, "\(name)")
        #expect(reason.withLock { $0 } == row.reason, "\(name)")
      }
    }
  }

  @Test func `a parent's death is its signal`() async throws {
    for (trapping, seen) in [(false, ["init"]), (true, ["init", "terminate boom"])] {
      await withRuntime { runtime in
        let log = Log()
        runtime.spawn { parent in
          _ = try await Puppet.startLinked(by: parent, log) { puppet in
            puppet.initial = { process in
              process.isTrappingExits = trapping
              return .ok
            }
          }
          throw ExitReason.custom("boom")
        }
        await runtime.settle()
        #expect(log.take() == seen)
        #expect(runtime.processCount == 0)
      }
    }
  }

  @Test func `an error in terminate replaces the reason`() async throws {
    try await withRuntime { runtime in
      let log = Log()
      let server = try await Puppet.start(in: runtime, log) { $0.ending = { _ in throw Boom() } }
      await #expect {
        try await server.stop(.normal)
      } throws: { "\(($0 as? CallError)?.exitReason ?? .normal)" == "error:boom@stop" }
      #expect(log.take() == ["init", "terminate normal"])

      let other = try await Puppet.start(in: runtime, log) { puppet in
        puppet.ending = { _ in throw ExitReason.custom("worse") }
      }
      #expect(await other.failure { _, _, _ in throw Boom() }?.description == "worse@call")
    }
  }

  @Test func `stopping waits as long as it may`() async throws {
    try await withVirtualTime { runtime in
      let log = Log()
      let server = try await Puppet.start(in: runtime, log) { puppet in
        puppet.ending = { _ in
          try await runtime.sleep(for: .seconds(2))
          log("cleaned up")
        }
      }
      await #expect {
        try await server.stop(timeout: .seconds(1))
      } throws: { ($0 as? CallError)?.exitReason == .callFailed(.stop, .timeout) }
      await runtime.settle()
      #expect(log.take() == ["init", "terminate normal", "cleaned up"])
      await #expect {
        try await server.stop()
      } throws: { ($0 as? CallError)?.exitReason == .callFailed(.stop, .noProcess) }
    }
  }

  @Test func `a server stops itself by saying so, not by asking itself to`() async throws {
    try await withRuntime(leaks: .allowed) { runtime in
      let server = try await Puppet.start(in: runtime, Log())
      let answer = try await server.ask { _, process, reply in
        do {
          try await process.runtime.stop(.pid(process.pid))
        } catch {
          reply("\(ExitReason(escaping: error))")
        }
        return .receive
      }
      #expect(answer == "calling_self@stop")
    }
  }
}

/// What comes as info, and when.
@Suite struct ServerInfoTests {
  @Test func `plain messages, also of the server's own type, are info`() async throws {
    try await withRuntime(leaks: .allowed) { runtime in
      let log = Log()
      let server = try await Puppet.start(in: runtime, name: "a", log)
      runtime.send(try server.process, "hello")
      #expect(runtime.send(name: "a", 7))
      #expect(!runtime.send(name: "b", 7))
      await runtime.settle()
      #expect(log.take() == ["init", "info hello", "info 7"])
    }
  }

  @Test func `the end of a monitored process is info`() async throws {
    try await withRuntime(leaks: .allowed) { runtime in
      let log = Log()
      let server = try await Puppet.start(in: runtime, log)
      let other = try await Puppet.start(in: runtime, Log())
      let pid = try other.process
      _ = try await server.ask { _, process, reply in
        _ = process.monitor(pid)
        reply("ok")
        return .receive
      }
      try await other.stop(.custom("bye"))
      await runtime.settle()
      #expect(log.take() == ["init", "down bye"])
    }
  }

  @Test func `a timeout comes once, and only if no message does`() async throws {
    try await withVirtualTime { runtime in
      let log = Log()
      let server = try await Puppet.start(in: runtime, log)
      server.tell { _, _ in .receive(within: .seconds(2)) }
      try await runtime.sleep(for: .seconds(5))
      #expect(log.take() == ["init", "timeout"])

      server.tell { _, _ in .receive(within: .seconds(2)) }
      try await runtime.sleep(for: .seconds(1))
      runtime.send(try server.process, "hello")
      try await runtime.sleep(for: .seconds(5))
      #expect(log.take() == ["info hello"])
    }
  }

  @Test func `a timeout of zero is for when the mailbox is empty`() async throws {
    try await withVirtualTime { runtime in
      let log = Log()
      let server = try await Puppet.start(in: runtime, log)
      server.tell { _, process in
        process.send(process.pid, "first")
        return .receive(within: .zero)
      }
      try await runtime.sleep(for: .seconds(1))
      #expect(log.take() == ["init", "info first"])
      server.tell { _, _ in .receive(within: .zero) }
      try await runtime.sleep(for: .seconds(1))
      #expect(log.take() == ["timeout"])
    }
  }

  @Test func `a handler that receives takes what it wants, and the rest is handled in order`()
    async throws
  {
    try await withRuntime(leaks: .allowed) { runtime in
      let log = Log()
      let server = try await Puppet.start(in: runtime, log)
      let wanted = try await server.ask { _, process, reply in
        process.send(process.pid, 1)
        process.send(process.pid, "wanted")
        process.send(process.pid, 2)
        let text = try await process.receive { info in
          if case .message(let text as String) = info { text } else { nil }
        }
        reply(text ?? "")
        return .receive
      }
      #expect(wanted == "wanted")
      await runtime.settle()
      #expect(log.take() == ["init", "info 1", "info 2"])
    }
  }
}

extension ServerRef {
  fileprivate var process: PID {
    get throws { try #require(pid) }
  }
}
