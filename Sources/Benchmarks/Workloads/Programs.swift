import Supervision

extension Workload {
  /// The shell as a whole program: `kv` beside this one.
  static let programs: [Workload] = [
    Workload(
      "shell_pipe", summary: "commands a second that kv reads from a pipe: puts and gets",
      outside: { setting in
        let count = setting.count(1_000_000)
        try measure("shell_pipe", setting) { program in
          var script = "create shopping\n"
          for number in 0..<count / 2 {
            script +=
              "put shopping key\(number % 1000) \(number)\nget shopping key\(number % 1000)\n"
          }
          let file = try TemporaryFile(script)
          defer { file.remove() }
          let start = Meter.wallNanoseconds
          let usage = try program.run(input: file.path)
          setting.meter.report(
            "shell_pipe", ops: count, wall: Meter.wallNanoseconds - start, cpu: usage)
        }
      }),
    Workload(
      "start_up", summary: "from starting kv at a terminal to its first prompt",
      outside: { setting in
        try measure("start_up", setting) { program in
          let rounds = 20
          var times: [Int] = []
          for _ in 0..<rounds {
            let start = Meter.wallNanoseconds
            try program.runAtTerminal(untilOutput: "kv>") {
              times.append(Meter.wallNanoseconds - start)
            }
          }
          let median = times.sorted()[rounds / 2]
          setting.meter.report("start_up", ops: 1, wall: median, cpu: median)
        }
      }),
  ]

  private static func measure(
    _ name: String, _ setting: Setting, _ body: (Program) throws -> Void
  ) throws {
    guard let program = Program.sibling("kv") else {
      return setting.meter.skip(name, "kv is not built beside this program: run `make build`")
    }
    try body(program)
  }
}
