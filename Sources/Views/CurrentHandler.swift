package import Supervision

extension ProcessSnapshot {
  /// What a server is at, in words; nil when it is at nothing, and for a process that is one function.
  package func handler(in runtime: Runtime) -> String? {
    if let handler = runtime.currentHandler(of: pid) { return handler }
    // One that runs without having noted it.
    return kind != .process && status == .running ? "one without `async`" : nil
  }
}
