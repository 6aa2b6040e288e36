internal import KV
internal import Processes
internal import Supervision

/// Category `kv`: the key-value application of the guide, in one of its designs.
struct BucketScenario {
  private let variant: Variant
  private let steps: [JSON]
  private let recorder: Recorder
  private let registry: ServerRef<KV.Registry.Message>

  init(_ content: JSON, _ recorder: Recorder) throws(FormatError) {
    let word = try content.string("variant")
    guard let variant = Variant(rawValue: word) else {
      throw FormatError(
        "\(word) is no variant: \(Variant.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self.variant = variant
    steps = try content.list("steps")
    self.recorder = recorder
    registry = ServerRef(recorder.runtime, name: Tree.registry)
  }

  func run() async throws -> [JSON] {
    let runtime = recorder.runtime
    let application = try await Tree.start(in: runtime, variant: variant)
    await runtime.settle()
    countStarts()
    var traces: [JSON] = []
    for step in steps {
      let result: JSON
      do {
        result = try await perform(step)
      } catch let error as CallError {
        result = ["exit", recorder.json(error.exitReason)]
      }
      await runtime.settle()
      countStarts()
      traces.append(try await trace(result))
    }
    await application.stop()
    return traces
  }

  /// Gives the processes that started their labels.
  private func countStarts() {
    for (identity, _) in recorder.drainStarts() {
      let id = Self.words[identity.name ?? ""] ?? identity.label
      guard let id else { continue }
      let (label, _) = recorder.beginIncarnation(of: id)
      recorder.started(label, of: id, as: identity.pid)
    }
  }

  /// The names of the application, and what scenarios call them.
  private static let words = [
    Tree.supervisor: "root", Tree.registry: "registry", Tree.bucketSupervisor: "bucket_sup",
  ]

  private func destination(_ step: JSON) throws(FormatError) -> String {
    let word = try step.string("target")
    guard let name = Self.words.first(where: { $0.value == word })?.key else {
      throw FormatError("\(word) is no target: registry, bucket_sup or root")
    }
    return name
  }

  private func perform(_ step: JSON) async throws -> JSON {
    let runtime = recorder.runtime
    switch try step.string("op") {
    case "create":
      registry.create(try step.string("name"))
      return "ok"
    case "lookup":
      guard let pid = try await registry.pid(of: try step.string("name")) else { return "error" }
      return ["ok", .string(recorder.label(pid))]
    case "names":
      return .array(try await registry.names().map { .string($0) })
    case "count_children":
      let counts = try await DynamicSupervisor(runtime, name: Tree.bucketSupervisor).countChildren()
      return [
        "specs": .integer(counts.specs), "active": .integer(counts.active),
        "supervisors": .integer(counts.supervisors), "workers": .integer(counts.workers),
      ]
    case "kill":
      guard let pid = runtime.whereis(try destination(step)) else { return "no_process" }
      runtime.exit(pid, try reason(step))
      return "ok"
    case "stop":
      try await runtime.stop(.name(try destination(step)), try step.reason())
      return "ok"
    case let operation:
      guard let bucket = try await registry.lookup(try step.string("name")) else {
        return "no_bucket"
      }
      return try await perform(step, operation, bucket)
    }
  }

  private func perform(_ step: JSON, _ operation: String, _ bucket: Bucket) async throws -> JSON {
    // Buckets hold text: a value is kept as the JSON that it is.
    func value(_ text: String?) throws -> JSON {
      ["value", try text.map { try JSON(line: $0) } ?? nil]
    }
    switch operation {
    case "put":
      try await bucket.put(try step.string("key"), (step["value"] ?? nil).line)
      return "ok"
    case "get": return try value(try await bucket.get(try step.string("key")))
    case "delete": return try value(try await bucket.delete(try step.string("key")))
    case "stop_bucket":
      try await bucket.agent.stop(try step.reason())
      return "ok"
    case "kill_bucket":
      if let pid = bucket.agent.pid { recorder.runtime.exit(pid, try reason(step)) }
      return "ok"
    default: throw FormatError("\(operation) is no operation of this category")
    }
  }

  private func reason(_ step: JSON) throws(FormatError) -> ExitReason {
    ExitReason(scenario: try step.optionalString("reason") ?? "kill")
  }

  private func trace(_ result: JSON) async throws -> JSON {
    let runtime = recorder.runtime
    var procs: [String: JSON] = [:]
    for (name, word) in Self.words {
      procs[word] = runtime.whereis(name).map { .string(recorder.label($0)) } ?? .null
    }
    var names: [String: JSON] = [:]
    var named: Set<PID> = []
    if registry.pid != nil {
      for name in try await registry.names() {
        guard let pid = try await registry.pid(of: name) else { continue }
        names[name] = .string(recorder.label(pid))
        named.insert(pid)
      }
    }
    let buckets = runtime.snapshot.filter { $0.kind == .agent && $0.status != .zombie }
    func labels(_ processes: [ProcessSnapshot]) -> JSON {
      .array(processes.map { recorder.label($0.pid) }.sorted().map { .string($0) })
    }
    return [
      "result": result, "procs": .object(procs), "names": .object(names),
      "buckets": labels(buckets), "orphans": labels(buckets.filter { !named.contains($0.pid) }),
    ]
  }
}
