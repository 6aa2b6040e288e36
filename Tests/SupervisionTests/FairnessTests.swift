import Supervision
import Synchronization
import Testing

/// How long others may keep a process from its turn, counted in what they handle meanwhile: no clock is asked.
@Suite struct FairnessTests {
  /// Sends itself a message for each that it handles, and so never rests.
  struct Busy: GenServer {
    typealias Message = Int

    static let handled = Atomic(0)

    func handle(_ message: Message, _ process: ProcessContext) -> Next {
      Self.handled.add(1, ordering: .relaxed)
      ServerRef<Message>(process.runtime, pid: process.pid).cast(message)
      return .receive
    }
  }

  struct Probe: GenServer {
    typealias Message = ReplyTo<Int>

    func handle(_ message: Message, _ process: ProcessContext) -> Next {
      message(Busy.handled.load(ordering: .relaxed))
      return .receive
    }
  }

  @Test func `nobody waits for longer than a turn of each other`() async throws {
    let (count, letters, budget) = (20, 300, 256)
    let runtime = Runtime(workers: 1)
    defer { runtime.shutdown() }
    let probe = try await Probe.start(in: runtime) { _ in Probe() }
    for _ in 0..<count {
      let busy = try await Busy.start(in: runtime) { _ in Busy() }
      for letter in 0..<letters { busy.cast(letter) }
    }
    // The caller is a process, too: between its look and its message nobody else has the worker.
    try await ProcessTask<Void>.run(in: runtime) { _ in
      for _ in 0..<30 {
        let before = Busy.handled.load(ordering: .relaxed)
        let seen = try await probe.call(timeout: nil) { $0 }
        #expect(seen > before, "nobody was busy")
        // Four times as long, should the system take the worker for stuck and another join it.
        #expect(seen - before <= 4 * (count + 1) * budget)
      }
    }
  }
}
