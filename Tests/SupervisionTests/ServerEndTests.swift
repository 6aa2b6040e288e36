import Supervision
import SupervisionTesting
import Testing

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
