internal import Processes
internal import Supervision

/// The shell's own process, with which links and monitors can be tried by hand.
///
/// Differs from the process that evaluates commands, which ctrl-C may kill: what this one is linked to
/// and monitors stays. It ends when something that it is linked to ends and it doesn't trap exits; the
/// next command that needs it starts another.
struct OwnProcess: GenServer {
  enum Message: Sendable {
    case monitor(PID, title: String, ReplyTo<Void>)
    /// Answered with how many monitors that were.
    case demonitor(PID, ReplyTo<Int>)
    case link(PID, ReplyTo<Void>)
    case unlink(PID, ReplyTo<Void>)
    case trap(Bool, ReplyTo<Void>)
  }

  /// What each monitored process was called when it lived.
  private var monitors: [MonitorRef: (pid: PID, title: String)] = [:]

  mutating func handle(_ message: Message, _ process: ProcessContext) throws -> Next {
    switch message {
    case .monitor(let pid, let title, let reply):
      monitors[process.monitor(pid)] = (pid, title)
      reply(())
    case .demonitor(let pid, let reply):
      let refs = monitors.filter { $0.value.pid == pid }.map(\.key)
      for ref in refs {
        process.demonitor(ref, flush: true)
        monitors[ref] = nil
      }
      reply(refs.count)
    case .link(let pid, let reply):
      // Before the link, which may be this process's end.
      reply(())
      try process.link(pid)
    case .unlink(let pid, let reply):
      process.unlink(pid)
      reply(())
    case .trap(let isTrapping, let reply):
      process.isTrappingExits = isTrapping
      reply(())
    }
    return .receive
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    switch info {
    case .down(let down):
      let title = monitors.removeValue(forKey: down.ref)?.title ?? down.target.description
      process.runtime.note(
        MessageNote(kind: .down(title, down.reason), receiver: Self.identity(process)))
    case .exit(let exit):
      let sender = exit.sender.map { Self.title(of: $0, in: process.runtime.events) }
      process.runtime.note(
        MessageNote(
          kind: .exit(sender ?? "the shell", exit.reason), receiver: Self.identity(process)))
    case .message(let value):
      process.runtime.note(
        MessageNote(kind: .message(String(describing: value)), receiver: Self.identity(process)))
    case .timeout: break
    }
    return .receive
  }

  private static func identity(_ process: ProcessContext) -> ProcessIdentity {
    ProcessIdentity(pid: process.pid, name: nil, label: process.label)
  }

  /// What somebody who is dead by now was called.
  private static func title(of pid: PID, in log: EventLog) -> String {
    log.recent().last { $0.kind.identity?.pid == pid }?.kind.identity?.description
      ?? pid.description
  }
}

/// A message that the shell's own process has received.
struct MessageNote: SpokenNote {
  enum Kind: Sendable {
    case down(String, ExitReason)
    case exit(String, ExitReason)
    case message(String)
  }

  let kind: Kind
  let receiver: ProcessIdentity

  package var eventName: String {
    switch kind {
    case .down: "down"
    case .exit: "exit"
    case .message: "message"
    }
  }
  package var subject: ProcessIdentity? { receiver }

  /// The message as a line: `DOWN shopping <0.6.0>: killed`.
  package var sentence: String {
    switch kind {
    case .down(let title, let reason):
      "DOWN \(Sanitizer.sanitize(title)): \(Sanitizer.sanitize(reason.description))"
    case .exit(let title, let reason):
      "EXIT \(Sanitizer.sanitize(title)): \(Sanitizer.sanitize(reason.description))"
    case .message(let text): "message \(Sanitizer.sanitize(text))"
    }
  }
}

extension Session {
  /// The shell's own process; starts one if there is none.
  func ownProcess() async throws -> (ref: ServerRef<OwnProcess.Message>, pid: PID) {
    if let ref = own, let pid = ref.pid, runtime.isAlive(pid) { return (ref, pid) }
    let ref = try await OwnProcess.start(in: runtime, label: "shell") { _ in OwnProcess() }
    own = ref
    guard let pid = ref.pid else { throw CommandError("failed", "the shell has no process.") }
    return (ref, pid)
  }
}
