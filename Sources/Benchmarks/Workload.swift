import Supervision

/// One benchmark, or a few that need each other: a name, a size and what to do.
struct Workload: Sendable {
  /// What a workload is run with.
  struct Setting: Sendable {
    let runtime: Runtime
    let meter: Meter
    /// 1 means a million operations where the workload's own table says so.
    let scale: Double

    /// So many, scaled; at least 1.
    func count(_ full: Int) -> Int { max(1, Int((Double(full) * scale).rounded())) }
  }

  /// The names of the lines it prints.
  let names: [String]
  /// What is measured, in a sentence.
  let summary: String
  let run: @Sendable (Setting) async throws -> Void

  /// A workload that runs in a process of the runtime, as the peer's runs in a process of its own.
  init(
    _ names: String..., summary: String,
    inProcess body: @escaping @Sendable (Setting, ProcessContext) async throws -> Void
  ) {
    self.names = names
    self.summary = summary
    run = { setting in
      let failure = Locked<(any Error)?>(nil)
      let driver = setting.runtime.spawn(label: names[0]) { process in
        do { try await body(setting, process) } catch { failure.withLock { $0 = error } }
      }
      _ = await setting.runtime.waitForExit(of: driver)
      if let error = failure.withLock({ $0 }) { throw error }
    }
  }

  /// A workload that drives other programs.
  init(
    _ names: String..., summary: String,
    outside body: @escaping @Sendable (Setting) async throws -> Void
  ) {
    self.names = names
    self.summary = summary
    run = body
  }

  /// All of them, in the order of running.
  static let all: [Workload] =
    processes + calls + supervisors + [keyValue] + signals + savina + programs + observing
}
