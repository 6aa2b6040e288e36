import Processes
import Supervision
import Testing

@testable import Observer

@Suite struct ServiceTests {
  @Test func `as a service it runs until it is cancelled, and is gone then`() async throws {
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let observer = ObserverServer(runtime: runtime)
    let service = _Concurrency.Task { try await observer.run() }
    while true {
      let last = runtime.events.lastNumber
      if runtime.whereis(ObserverServer.serverName) != nil { break }
      _ = try await runtime.waitForEvent(after: last)
    }
    service.cancel()
    try await service.value
    #expect(observer.url == nil)
    #expect(runtime.whereis(ObserverServer.serverName) == nil)
  }

  @Test func `a runtime that was shut down has no observer`() async throws {
    let runtime = Runtime(workers: 1)
    runtime.shutdown()
    await #expect(throws: (any Error).self) { try await ObserverServer(runtime: runtime).start() }
  }
}
