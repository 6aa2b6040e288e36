import Supervision

extension Workload {
  /// Spawning, sending, receiving: what processes are made of.
  static let processes: [Workload] = [
    Workload("spawn_exit", summary: "processes that send one message and end") { setting, process in
      let count = setting.count(1_000_000)
      try await setting.meter.time("spawn_exit", ops: count) {
        let me = process.pid
        for _ in 0..<count {
          await process.spawn { process in process.send(me, Done()) }
        }
        for _ in 0..<count { _ = try await process.receive(Done.self) }
      }
    },
    Workload("ping_pong", summary: "round trips between the handlers of two servers") {
      setting, process in
      let count = setting.count(1_000_000)
      let ponger = try await Ponger.start(in: process.runtime) { _ in Ponger() }
      let pinger = try await Pinger.start(in: process.runtime) { _ in
        Pinger(left: count, ponger: ponger)
      }
      try await setting.meter.time("ping_pong", ops: count) {
        try await pinger.call(timeout: nil) { .begin($0) }
      }
      try await pinger.stop()
      try await ponger.stop()
    },
    Workload("receive_ping_pong", summary: "round trips between two processes that receive") {
      setting, process in
      let count = setting.count(1_000_000)
      let partner = process.runtime.spawn { process in
        while case .ping(let sender) = try await process.receive(PingPong.self) {
          process.send(sender, PingPong.pong)
        }
      }
      try await setting.meter.time("receive_ping_pong", ops: count) {
        let ping = PingPong.ping(process.pid)
        for _ in 0..<count {
          process.send(partner, ping)
          _ = try await process.receive(PingPong.self)
        }
      }
      process.exit(partner, .kill)
    },
    Workload("ring", summary: "hops around a ring of 503 servers") { setting, process in
      let count = setting.count(1_000_000)
      let size = 503
      let first = try await RingNode.start(in: process.runtime) { _ in RingNode() }
      var next = first
      var nodes = [first]
      for _ in 1..<size {
        let successor = next
        next = try await RingNode.start(in: process.runtime) { _ in RingNode(next: successor) }
        nodes.append(next)
      }
      first.cast(.join(next))
      let last = next
      try await setting.meter.time("ring", ops: count) {
        try await last.call(timeout: nil) { .hop(left: count, $0) }
      }
      for node in nodes { try await node.stop() }
    },
  ]
}

struct Done: Sendable {}

enum PingPong: Sendable {
  case ping(PID), pong
}

private struct Ponger: GenServer {
  enum Message: Sendable { case ping(ServerRef<Pinger.Message>) }

  func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .ping(let sender): sender.cast(.pong)
    }
    return .receive
  }
}

private struct Pinger: GenServer {
  enum Message: Sendable {
    case begin(ReplyTo<Void>)
    case pong
  }

  var left: Int
  let ponger: ServerRef<Ponger.Message>
  var me: ServerRef<Message>?
  var done: ReplyTo<Void>?

  init(left: Int, ponger: ServerRef<Ponger.Message>) {
    self.left = left
    self.ponger = ponger
  }

  mutating func initialize(_ process: ProcessContext) -> Initial {
    me = ServerRef(process.runtime, pid: process.pid)
    return .ok
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .begin(let reply): done = reply
    case .pong: left -= 1
    }
    if left == 0 {
      done?()
    } else if let me {
      ponger.cast(.ping(me))
    }
    return .receive
  }
}

private struct RingNode: GenServer {
  enum Message: Sendable {
    case join(ServerRef<Message>)
    case hop(left: Int, ReplyTo<Void>)
  }

  var next: ServerRef<Message>?

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .join(let node): next = node
    case .hop(left: 0, let reply): reply()
    case .hop(let left, let reply): next?.cast(.hop(left: left - 1, reply))
    }
    return .receive
  }
}
