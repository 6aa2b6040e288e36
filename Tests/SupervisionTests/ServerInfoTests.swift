import Supervision
import SupervisionTesting
import Testing

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
