internal import Processes
internal import Supervision

/// Categories `supervisor` and `dynamic_supervisor`: a tree, and what happens to it.
struct TreeScenario {
  private let tree: JSON
  private let steps: [JSON]
  private let recorder: Recorder
  private let nodes: TreeNodes

  init(_ content: JSON, _ recorder: Recorder) throws(FormatError) {
    guard let tree = content["tree"] else { throw FormatError("tree is missing") }
    self.tree = tree
    steps = try content.list("steps")
    self.recorder = recorder
    nodes = TreeNodes(recorder)
  }

  func run() async throws -> [JSON] {
    let runtime = recorder.runtime
    let root = try nodes.childSpec(tree)
    let parent = runtime.spawn(isTrappingExits: true) { process in
      while true {
        switch try await process.receive() {
        case .message(.start(let spec, let reply) as ParentRequest):
          do {
            reply(.success(try await spec.start(process)))
          } catch let error as StartError {
            reply(.failure(error))
          }
        case .message(.exit(let pid, let reason) as ParentRequest): process.exit(pid, reason)
        default: continue
        }
      }
    }
    let parentRef = ServerRef<ParentRequest>(runtime, pid: parent)

    let started: Result<PID, StartError> = try await parentRef.call(timeout: nil) {
      .start(root, $0)
    }
    let result: JSON =
      switch started {
      case .success(let pid): ["ok", .string(recorder.label(pid))]
      case .failure(.ignored): "ignore"
      case .failure(let error): ["error", recorder.json(error.exitReason)]
      }
    await runtime.settle()
    var traces = [trace(result)]
    for step in steps {
      let result = try await perform(step, parentRef)
      await runtime.settle()
      traces.append(trace(result))
    }
    return traces
  }

  private func trace(_ result: JSON) -> JSON {
    ["result": result, "events": .array(recorder.drain()), "alive": .array(recorder.alive)]
  }

  private func perform(_ step: JSON, _ parent: ServerRef<ParentRequest>) async throws -> JSON {
    let runtime = recorder.runtime
    let operation = try step.string("op")
    switch operation {
    case "wait":
      try await runtime.sleep(for: try step.milliseconds("ms") ?? .zero)
      return "ok"
    case "parent_exit":
      guard let root = recorder.pid(try tree.string("id")) else { return "no_process" }
      parent.cast(.exit(root, try step.reason()))
      return "ok"
    case "signal", "finish", "crash", "stop":
      guard let pid = recorder.pid(try step.string("id")) else { return "no_process" }
      return try await disturb(pid, operation, step)
    default:
      guard let pid = recorder.pid(try step.string("sup")) else { return "no_process" }
      do {
        return nodes.isDynamic(pid: pid)
          ? try await ask(DynamicSupervisor(runtime, pid: pid), operation, step)
          : try await ask(Supervisor(runtime, pid: pid), operation, step)
      } catch let error as CallError {
        return ["exit", recorder.json(error.exitReason)]
      }
    }
  }

  private func disturb(_ pid: PID, _ operation: String, _ step: JSON) async throws -> JSON {
    let runtime = recorder.runtime
    switch operation {
    case "signal": runtime.exit(pid, try step.reason())
    case "finish":
      ServerRef<TreeWorker.Message>(runtime, pid: pid).cast(.finish(try step.reason()))
    case "crash":
      ServerRef<TreeWorker.Message>(runtime, pid: pid).cast(.crash(try step.string("reason")))
    default:
      do {
        try await runtime.stop(.pid(pid), try step.reason())
      } catch let error as CallError {
        return ["exit", recorder.json(error.exitReason)]
      }
    }
    return "ok"
  }
}

/// What the root's parent is asked.
private enum ParentRequest: Sendable {
  case start(ChildSpec, ReplyTo<Result<PID, StartError>>)
  case exit(PID, ExitReason)
}

// MARK: Asking supervisors

extension TreeScenario {
  private func ask(
    _ supervisor: Supervisor, _ operation: String, _ step: JSON
  ) async throws -> JSON {
    do {
      switch operation {
      case "start_child":
        let pid = try await supervisor.startChild(try childSpec(step))
        return ["ok", .string(recorder.label(pid))]
      case "terminate_child": try await supervisor.terminateChild(try step.string("id"))
      case "restart_child":
        let pid = try await supervisor.restartChild(try step.string("id"))
        return ["ok", .string(recorder.label(pid))]
      case "delete_child": try await supervisor.deleteChild(try step.string("id"))
      case "which_children": return list(try await supervisor.whichChildren())
      case "count_children": return json(try await supervisor.countChildren())
      default: throw FormatError("\(operation) is no operation of this category")
      }
      return "ok"
    } catch StartError.ignored {
      return ["ok", "undefined"]
    } catch let error as StartError {
      return ["error", recorder.json(error.exitReason)]
    } catch ChildError.running {
      return ["error", "running"]
    } catch ChildError.notFound {
      return ["error", "not_found"]
    }
  }

  private func ask(
    _ supervisor: DynamicSupervisor, _ operation: String, _ step: JSON
  ) async throws -> JSON {
    do {
      switch operation {
      case "start_child":
        let pid = try await supervisor.startChild(try childSpec(step))
        return ["ok", .string(recorder.label(pid))]
      case "terminate_child":
        guard let pid = recorder.pid(try step.string("id")) else { return "no_process" }
        try await supervisor.terminateChild(pid)
      case "which_children": return list(try await supervisor.whichChildren())
      case "count_children": return json(try await supervisor.countChildren())
      default: throw FormatError("\(operation) is no operation of a dynamic supervisor")
      }
      return "ok"
    } catch StartError.ignored {
      return "ignore"
    } catch let error as StartError {
      return ["error", recorder.json(error.exitReason)]
    } catch ChildError.notFound {
      return ["error", "not_found"]
    }
  }

  private func childSpec(_ step: JSON) throws(FormatError) -> ChildSpec {
    guard let child = step["child"] else { throw FormatError("child is missing in \(step.line)") }
    return try nodes.childSpec(child)
  }

  private func list(_ children: [ChildInfo]) -> JSON {
    let rows = children.map { child -> [String] in
      let state =
        switch child.state {
        case .running(let pid): recorder.label(pid)
        case .restarting: "restarting"
        case .notRunning: "undefined"
        }
      return [child.id ?? "undefined", state, child.kind.rawValue]
    }
    return .array(
      rows.sorted { $0.lexicographicallyPrecedes($1) }.map { .array($0.map { .string($0) }) })
  }

  private func json(_ counts: ChildCounts) -> JSON {
    [
      "specs": .integer(counts.specs), "active": .integer(counts.active),
      "supervisors": .integer(counts.supervisors), "workers": .integer(counts.workers),
    ]
  }
}
