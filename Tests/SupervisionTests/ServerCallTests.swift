import Supervision
import SupervisionTesting
import Testing

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
          call to \(pid) (timeout 60.0 seconds) failed: a process that calls itself would wait forever
          """)
      #expect(
        await text { _ = try await server.ask { _, _, _ in throw Boom() } }
          == "call to \(pid) (timeout 60.0 seconds) failed: the process ended first (error:boom)")
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
