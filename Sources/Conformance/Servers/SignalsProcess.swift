internal import Processes
internal import Supervision

/// A plain process of a scenario: logs what it receives, executes what it is asked to.
final class SignalsProcess {
  /// Operations to be executed without reading the mailbox in between.
  struct Request: Sendable {
    let operations: [JSON]
    /// One for each operation that was executed, also if the process ends on the way.
    let results: Locked<[JSON]>
    let reply: ReplyTo<Void>
  }

  /// The process's own end, as an operation asks for it.
  private enum End: Error {
    case normally
  }

  private let process: ProcessContext
  private let name: String
  private let recorder: Recorder
  private var monitors: [String: MonitorRef] = [:]
  private var refs: [MonitorRef: String] = [:]

  init(_ process: ProcessContext, _ name: String, _ recorder: Recorder) {
    self.process = process
    self.name = name
    self.recorder = recorder
  }

  func live() async throws {
    do {
      while true {
        switch try await process.receive() {
        case .message(let request as Request):
          for operation in request.operations {
            // A process that has ended itself does nothing more.
            guard process.runtime.isAlive(process.pid) else { break }
            let result: JSON
            do {
              result = try await execute(operation)
            } catch let error as FormatError {
              result = ["format_error": .string(error.description)]
            }
            request.results.withLock { $0.append(result) }
          }
          request.reply()
        case let info: log(info)
        }
      }
    } catch End.normally {
      return
    }
  }

  private func log(_ info: Info) {
    switch info {
    case .message(let message as PlainMessage):
      recorder.note("msg", .string(name), .string(message.from), message.value)
    case .exit(let exit):
      recorder.note(
        "EXIT", .string(name), .string(recorder.label(exit.sender)), recorder.json(exit.reason))
    case .down(let down):
      let target =
        switch down.target {
        case .pid(let pid): recorder.label(pid)
        case .name(let name): name
        case .via(let name): name.description
        }
      recorder.note(
        "DOWN", .string(name), .string(refs[down.ref] ?? ""), .string(target),
        recorder.json(down.reason))
    case .message, .timeout: break
    }
  }

  /// The process that an operation names; a name that was never given is nobody's.
  private func pid(_ operation: JSON, _ key: String = "to") throws(FormatError) -> PID {
    let name = try operation.string(key)
    guard let pid = recorder.pid(name) else { throw FormatError("there is no process \(name)") }
    return pid
  }

  private func execute(_ operation: JSON) async throws -> JSON {
    let runtime = process.runtime
    switch try operation.string("op") {
    case "spawn":
      try spawn(operation)
      return nil
    case "link":
      let isCaught = try operation.bool("catch")
      do {
        try process.link(try pid(operation))
        return nil
      } catch let error as ExitReason where isCaught {
        guard case .error(let escaped) = error else { throw error }
        return .string(escaped.message)
      }
    case "unlink":
      process.unlink(try pid(operation))
      return true
    case "monitor":
      let ref = try operation.string("ref")
      let monitor =
        try operation.optionalString("name").map { process.monitor(name: $0) }
        ?? process.monitor(try pid(operation))
      remember(monitor, as: ref)
      return nil
    case "demonitor":
      let flush = try operation.bool("flush")
      let ref = try operation.string("ref")
      guard let monitor = monitors[ref] else { throw FormatError("there is no monitor \(ref)") }
      let wasActive = process.demonitor(monitor, flush: flush)
      return try operation.bool("info") ? .bool(wasActive) : true
    case "exit":
      process.exit(try pid(operation), try operation.reason())
      return nil
    case "send":
      let message = PlainMessage(from: name, value: operation["msg"] ?? nil)
      if let receiver = try operation.optionalString("name") {
        return runtime.send(name: receiver, message) ? nil : "badarg"
      }
      process.send(try pid(operation), message)
      return nil
    case "trap":
      let old = process.isTrappingExits
      process.isTrappingExits = try operation.bool("value")
      return .bool(old)
    case "register":
      do {
        try runtime.register(try operation.string("name"), try pid(operation))
        return true
      } catch is RegistrationError {
        return "badarg"
      }
    case "unregister":
      return runtime.unregister(try operation.string("name")) ? true : "badarg"
    case "whereis":
      return .string(
        runtime.whereis(try operation.string("name")).map(recorder.label) ?? "undefined")
    case "is_alive":
      return .bool(runtime.isAlive(try pid(operation)))
    case "await_dead":
      _ = await runtime.waitForExit(of: try pid(operation))
      // Dead to us may be a moment earlier than told to all.
      await runtime.settle()
      return nil
    case "return":
      throw End.normally
    case "exit_self":
      throw try operation.reason()
    case "raise":
      throw ScenarioError(description: try operation.string("reason"))
    case "throw":
      throw ExitReason.custom("nocatch:\(operation["value"]?.word ?? "null")")
    case let word:
      throw FormatError("\(word) is no operation of this category")
    }
  }

  private func spawn(_ operation: JSON) throws {
    let name = try operation.string("name")
    let recorder = recorder
    let isTrapping = try operation.bool("trap")
    let isLinked = try operation.bool("link")
    let body: @Sendable (ProcessContext) async throws -> Void = { process in
      try await SignalsProcess(process, name, recorder).live()
    }
    guard operation.has("monitor") else {
      let pid =
        isLinked
        ? process.spawnLinked(label: name, isTrappingExits: isTrapping, body)
        : process.spawn(label: name, isTrappingExits: isTrapping, body)
      return recorder.name(name, pid)
    }
    let (pid, monitor) = process.spawnMonitored(
      label: name, isTrappingExits: isTrapping, isLinked: isLinked, body)
    recorder.name(name, pid)
    remember(monitor, as: try operation.string("monitor"))
  }

  private func remember(_ monitor: MonitorRef, as ref: String) {
    monitors[ref] = monitor
    refs[monitor] = ref
  }
}
