import Supervision
import SupervisionTesting
import Testing

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
