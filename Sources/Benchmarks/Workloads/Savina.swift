import Supervision

/// Micro-benchmarks of the Savina suite (Imam and Sarkar, 2014) that the peer's workloads miss, under
/// their names and with their default parameters.
extension Workload {
  static let savina: [Workload] = [
    Workload("savina_count", summary: "Counting: a million increments, then the sum") {
      setting, process in
      let count = setting.count(1_000_000)
      let echo = try await Echo.startLinked(by: process) { _ in Echo() }
      try await setting.meter.time("savina_count", ops: count) {
        for _ in 0..<count { echo.cast(.increment) }
        let sum = try await echo.call(timeout: nil) { .ping($0) }
        precondition(sum == count, "counted \(sum) of \(count)")
      }
      try await echo.stop()
    },
    Workload("savina_fjcreate", summary: "Fork Join (actor creation): 40,000 workers") {
      setting, process in
      let count = setting.count(40_000)
      try await setting.meter.time("savina_fjcreate", ops: count) {
        let me = process.pid
        for _ in 0..<count {
          process.runtime.spawn { process in
            _ = try await process.receive(Done.self)
            compute(37.2)
            process.send(me, Done())
          }.send(Done(), in: process)
        }
        for _ in 0..<count { _ = try await process.receive(Done.self) }
      }
    },
    Workload(
      "savina_fjthrput", summary: "Fork Join (throughput): 10,000 messages to each of 60 actors"
    ) {
      setting, process in
      let (messages, actors) = (setting.count(10_000), 60)
      var workers: [ServerRef<Worker.Message>] = []
      for _ in 0..<actors {
        workers.append(try await Worker.startLinked(by: process) { _ in Worker() })
      }
      try await setting.meter.time("savina_fjthrput", ops: messages * actors) {
        for _ in 0..<messages {
          for worker in workers { worker.cast(.compute) }
        }
        for worker in workers {
          let seen = try await worker.call(timeout: nil) { .seen($0) }
          precondition(seen == messages, "a worker has seen \(seen) of \(messages)")
        }
      }
      for worker in workers { try await worker.stop() }
    },
    Workload("savina_chameneos", summary: "Chameneos: 100 creatures meet 200,000 times") {
      setting, process in
      let meetings = setting.count(200_000)
      try await setting.meter.time("savina_chameneos", ops: meetings) {
        let mall = try await Mall.startLinked(by: process) { _ in Mall(left: meetings) }
        for number in 0..<100 {
          _ = try await Chameneo.startLinked(by: process) { process in
            Chameneo(color: number % 3, mall: mall)
          }
        }
        try await mall.call(timeout: nil) { .waitForEnd($0) }
      }
    },
    Workload("savina_big", summary: "Big: 120 actors, each pings random others 20,000 times") {
      setting, process in
      let (pings, actors) = (setting.count(20_000), 120)
      let sink = try await Sink.startLinked(by: process) { _ in Sink(left: actors) }
      var nodes: [ServerRef<BigNode.Message>] = []
      for number in 0..<actors {
        nodes.append(
          try await BigNode.startLinked(by: process) { _ in
            BigNode(left: pings, seed: UInt64(number), sink: sink)
          })
      }
      try await setting.meter.time("savina_big", ops: pings * actors) {
        for node in nodes { node.cast(.neighbours(nodes)) }
        try await sink.call(timeout: nil) { .waitForEnd($0) }
      }
      for node in nodes { try await node.stop() }
    },
  ]
}

extension PID {
  fileprivate func send(_ message: some Sendable, in process: ProcessContext) {
    process.send(self, message)
  }
}

/// Savina's little computation, which the optimizer must not remove.
@inline(never) @discardableResult
private func compute(_ theta: Double) -> Double {
  var value = theta
  for _ in 0..<10 { value = value * 0.99 + 1 / (value + 1) }
  return value
}

private struct Worker: GenServer {
  enum Message: Sendable {
    case compute
    case seen(ReplyTo<Int>)
  }

  var count = 0

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .compute:
      compute(37.2)
      count += 1
    case .seen(let reply): reply(count)
    }
    return .receive
  }
}

/// Pairs who comes with who waits.
private struct Mall: GenServer {
  enum Message: Sendable {
    case meet(color: Int, ServerRef<Chameneo.Message>)
    case waitForEnd(ReplyTo<Void>)
  }

  var left: Int
  var waiting: (color: Int, ref: ServerRef<Chameneo.Message>)?
  var done: ReplyTo<Void>?

  init(left: Int) { self.left = left }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .waitForEnd(let reply):
      done = reply
    case .meet(let color, let ref):
      if left == 0 {
        ref.cast(.goHome)
      } else if let other = waiting {
        waiting = nil
        left -= 1
        other.ref.cast(.met(color))
        ref.cast(.met(other.color))
      } else {
        waiting = (color, ref)
      }
    }
    if left == 0 {
      done?()
      done = nil
    }
    return .receive
  }
}

private struct Chameneo: GenServer {
  enum Message: Sendable {
    case met(Int)
    case goHome
  }

  var color: Int
  let mall: ServerRef<Mall.Message>

  mutating func initialize(_ process: ProcessContext) -> Initial {
    mall.cast(.meet(color: color, ServerRef(process.runtime, pid: process.pid)))
    return .ok
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .met(let other):
      if other != color { color = 3 - color - other }
      mall.cast(.meet(color: color, ServerRef(process.runtime, pid: process.pid)))
      return .receive
    case .goHome:
      return .stop(.normal)
    }
  }
}

private struct BigNode: GenServer {
  enum Message: Sendable {
    case neighbours([ServerRef<Message>])
    case ping(ServerRef<Message>)
    case pong
  }

  var left: Int
  var generator: SeededGenerator
  let sink: ServerRef<Sink.Message>
  var neighbours: [ServerRef<Message>] = []
  var me: ServerRef<Message>?

  init(left: Int, seed: UInt64, sink: ServerRef<Sink.Message>) {
    self.left = left
    generator = SeededGenerator(seed: seed)
    self.sink = sink
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .neighbours(let nodes):
      neighbours = nodes
      me = ServerRef(process.runtime, pid: process.pid)
      ping()
    case .ping(let sender):
      sender.cast(.pong)
    case .pong:
      left -= 1
      if left == 0 { sink.cast(.done) } else { ping() }
    }
    return .receive
  }

  private mutating func ping() {
    guard let me else { return }
    let index = Int(truncatingIfNeeded: generator.next() % UInt64(neighbours.count))
    neighbours[index].cast(.ping(me))
  }
}

/// Waits until all have said that they are done.
private struct Sink: GenServer {
  enum Message: Sendable {
    case done
    case waitForEnd(ReplyTo<Void>)
  }

  var left: Int
  var waiter: ReplyTo<Void>?

  init(left: Int) { self.left = left }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .done: left -= 1
    case .waitForEnd(let reply): waiter = reply
    }
    if left == 0 {
      waiter?()
      waiter = nil
    }
    return .receive
  }
}
