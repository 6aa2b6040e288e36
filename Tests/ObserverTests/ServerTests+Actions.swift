import PlainHTTP
import Processes
import Supervision
import Testing
import Views

@testable import Observer

extension ServerTests {
  /// What goes through mailboxes: actions, and a state on request.
  @Suite struct Actions {
    @Test func `an action is an event with who and when, and what follows leads back to it`()
      async throws
    {
      try await Observed.run { observed in
        let pid = try #require(observed.runtime.whereis("counter"))
        let done = try observed.post("api/processes/counter/actions", #"{"action":"kill"}"#)
        #expect(done.status == 200)
        await observed.runtime.settle()
        guard case .integer(let number) = try JSONReader.read(done.body.utf8)["event"] else {
          Issue.record("no event: \(done.body)")
          return
        }
        let event = try #require(observed.runtime.events.event(EventNumber(number)))
        #expect("\(event.kind)".contains("kill counter \(pid) (from the page, by 127.0.0.1)"))
        let exit = try #require(observed.runtime.events.event(EventNumber(number) + 1))
        #expect(exit.cause == event.number)
        #expect(observed.runtime.whereis("counter") != pid)
        let why = try observed.get("api/events/\(exit.number)/why").body
        #expect(why.contains("was killed by you"))
      }
    }

    @Test func `a supervisor is not touched by mistake`() async throws {
      try await Observed.run { observed in
        let refused = try observed.post("api/processes/root/actions", #"{"action":"kill"}"#)
        #expect(refused.status == 409)
        #expect(refused.body.contains("needs_confirmation"))
        #expect(observed.runtime.whereis("root") != nil)
        let done = try observed.post(
          "api/processes/root/actions", #"{"action":"shutdown","confirmed":true}"#)
        #expect(done.status == 200)
        await observed.runtime.settle()
        #expect(observed.runtime.whereis("root") == nil)
      }
    }

    @Test func `suspend, resume, restart, exit`() async throws {
      try await Observed.run { (observed: Observed) throws in
        func act(_ order: String) throws -> Int {
          try observed.post("api/processes/counter/actions", order).status
        }
        #expect(try act(#"{"action":"suspend"}"#) == 200)
        #expect(try observed.json("api/processes/counter")["process"]?["status"] == "suspended")
        #expect(try act(#"{"action":"resume"}"#) == 200)
        #expect(try observed.json("api/processes/counter")["process"]?["status"] == "idle")
        let pid = observed.runtime.whereis("counter")
        #expect(try act(#"{"action":"restart"}"#) == 200)
        #expect(observed.runtime.whereis("counter") != pid)
        #expect(try act(#"{"action":"exit","reason":"cleaning"}"#) == 200)
        await observed.runtime.settle()
        #expect(observed.runtime.events.recent().contains { "\($0.kind)".contains("cleaning") })
        // One that nobody supervises can't be restarted, and has no state.
        let free = observed.runtime.spawn { process in
          _ = try await process.receive(timeout: nil, where: { _ in nil as Int? })
        }
        #expect(
          try observed.post("api/processes/\(free.serial)/actions", #"{"action":"restart"}"#).status
            == 409)
        #expect(try observed.get("api/processes/\(free.serial)/state").status == 409)
      }
    }

    @Test func `a state is asked for with a timeout, and passes through whoever redacts`()
      async throws
    {
      var options = Observed.options
      options.redact = { process, state in
        process.name == "counter" ? state.replacing("hunter2", with: "•••") : state
      }
      try await Observed.run(options) { observed in
        let state = try observed.get("api/processes/counter/state")
        #expect(state.status == 200)
        #expect(state.body.contains("•••"))
        #expect(!state.body.contains("hunter2"))
        ServerRef<Observed.Counter.Message>(observed.runtime, name: "counter").cast(
          .work(.seconds(60)))
        let stuck = try observed.get("api/processes/counter/state?timeout_ms=50")
        #expect(stuck.status == 504)
        // All else is read without asking it.
        let process = try observed.json("api/processes/counter")["process"]
        #expect(process?["status"] == "waiting")
        #expect(process?["handler"] == "work")
      }
    }

    @Test func `an action is done also while Swift's shared threads are all held up`() async throws
    {
      try await Observed.run { observed in
        // More than there are threads.
        let count = OSThread.processorCount * 4
        let barrier = Barrier(count: count)
        for _ in 0..<count { _Concurrency.Task.detached { barrier.pass() } }
        let pid = observed.runtime.whereis("counter")
        let (answers, sink) = AsyncStream.makeStream(of: Result<Int, any Error>.self)
        OSThread.start(name: "client") {
          sink.yield(
            Result {
              try observed.post("api/processes/counter/actions", #"{"action":"kill"}"#).status
            })
          barrier.open()
        }
        for await answer in answers {
          let status = try answer.get()
          #expect(status == 200)
          break
        }
        await observed.runtime.settle()
        #expect(observed.runtime.whereis("counter") != pid)
      }
    }
  }
}
