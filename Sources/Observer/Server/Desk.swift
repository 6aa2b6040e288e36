internal import Processes
internal import Supervision
internal import Views

/// Answers what is asked for, out of the runtime's tables and events.
///
/// Nobody who is observed is sent anything, but for `state` and actions, which say so. Runs on a thread of the server's.
final class Desk: Sendable {
  let runtime: Runtime
  let options: ObserverServer.Options
  private let cache: SnapshotCache

  init(_ runtime: Runtime, _ options: ObserverServer.Options) {
    self.runtime = runtime
    self.options = options
    cache = SnapshotCache(runtime)
  }

  /// - Parameter connections: How many there are, for the general statistics.
  func answer(_ endpoint: Endpoint, connections: Int) throws(Refusal) -> Answer {
    switch endpoint {
    case .page: return PageAssets.answer()
    case .folder(let name): return .redirect(to: "/\(name)/")
    case .tree(let extent): return .json(tree(extent))
    case .past(let number, let extent): return .json(try past(number, extent))
    case .processes(let query): return .json(processes(query))
    case .process(let word): return try process(word)
    case .events(let after, let limit): return .json(events(after: after, limit: limit))
    case .why(let number): return .json(try why(number))
    case .system:
      return .json(
        SystemFacts(runtime: runtime, limits: options.limits, connections: connections).json)
    case .sample: return .json(sample())
    case .export(let export): return self.export(export)
    case .stream(let last): return Answer(type: "text/event-stream", body: .stream(after: last))
    // Those that wait for somebody: `later`.
    case .state, .action: throw Refusal(500, "misled", "This was asked in the wrong place.")
    }
  }

  /// What has to wait for a process.
  func answerLater(_ endpoint: Endpoint, _ request: Request) async throws(Refusal) -> Answer {
    switch endpoint {
    case .state(let word, let timeout): return .json(try await state(word, timeout))
    case .action(let word):
      let order = try Action.Order(request.body)
      let process = try snapshot(word)
      return .json(
        try await Actor(runtime: runtime).perform(order, on: process, by: request.peer))
    default: return try answer(endpoint, connections: 0)
    }
  }

  // MARK: Trees

  private func tree(_ extent: FoldedTree.Extent) -> JSONValue {
    let moment = cache.moment()
    let picture = TreePicture(FoldedTree(model(moment).roots, extent))
    return .object(head("tree", moment) + picture.members(applications: applications(moment)))
  }

  private func model(_ moment: SnapshotCache.Moment) -> TreeModel {
    TreeModel(moment.processes, orphans: options.orphans?(moment.processes) ?? [])
  }

  private func head(_ type: String, _ moment: SnapshotCache.Moment) -> [(String, JSONValue)] {
    [
      ("type", .string(type)), ("seq", .integer(Int64(moment.sequence))),
      ("time_s", .number(moment.time / .seconds(1))),
    ]
  }

  /// The names of the applications that run, by their root supervisors.
  private func applications(_ moment: SnapshotCache.Moment) -> [PID: String] {
    var names: [PID: String] = [:]
    var masters: [PID: String] = [:]
    for process in moment.processes where process.isSilent && process.role == "Application" {
      masters[process.pid] = process.label.map { String($0.trimmingPrefix("application ")) }
    }
    for process in moment.processes where process.supervisor == nil {
      if let parent = process.parent, let name = masters[parent] { names[process.pid] = name }
    }
    return names
  }

  private func past(
    _ number: EventNumber, _ extent: FoldedTree.Extent
  ) throws(Refusal) -> JSONValue {
    // Of now, and with all that happened before it.
    let history = runtime.events.recent()
    let moment = cache.moment(isFresh: true)
    let first = history.first?.number ?? 0
    let last = history.last?.number ?? 0
    guard number >= first, number <= last, let event = runtime.events.event(number) else {
      throw Refusal(
        404, "unknown_event", "Event \(number) is not remembered: events \(first) to \(last) are.")
    }
    let living = moment.processes.filter { !$0.isSilent && $0.status != .zombie }
    // Whoever has started after the history was copied is in the snapshot, and has to be undone, too.
    let since = runtime.events.recent().filter { $0.number > number }
    let tree = PastTree(living: living.compactMap { identity($0) }, undoing: since)
    let picture = PastPicture(tree, now: moment.processes)
    return .object(
      [
        ("type", "past"), ("seq", .integer(Int64(number))),
        ("time_s", .number(event.time / .seconds(1))), ("event", EventJSON.object(event)),
      ] + picture.members)
  }

  private func identity(_ process: ProcessSnapshot) -> ProcessIdentity? {
    runtime.cell(.pid(process.pid))?.identity
  }

  // MARK: Processes

  private func processes(_ query: ProcessQuery) -> JSONValue {
    let moment = cache.moment()
    let titles = Titles(moment.processes)
    let page = query.page(of: moment.processes, titles)
    return .object(
      head("processes", moment) + [
        ("total", .integer(Int64(page.total))), ("matching", .integer(Int64(page.matching))),
        ("offset", .integer(Int64(query.offset))),
        (
          "processes",
          .array(
            page.processes.map { process in
              guard
                case .object(let members) = ProcessJSON.object(
                  process, bondLimit: TreePicture.bondLimit)
              else { return .null }
              return .object(
                members + [
                  ("title", .string(process.title)),
                  ("handled", .integer(Int64(process.handled))),
                  ("supervisor_title", .string(orNull: titles[process.supervisor])),
                ])
            })
        ),
      ])
  }

  /// The living process that a word stands for.
  ///
  /// - Throws: What became of it, if that is known.
  private func snapshot(_ word: String) throws(Refusal) -> ProcessSnapshot {
    if let serial = PID.serial(in: word) ?? UInt64(word) {
      let text = "<0.\(serial).0>"
      if let pid = runtime.pid(text), let process = runtime.snapshot(of: pid) { return process }
      let end = runtime.events.recent().last { event in
        if case .exited(let identity, _) = event.kind {
          identity.pid.serial == serial
        } else {
          false
        }
      }
      if let end, case .exited(let identity, let reason) = end.kind {
        throw Refusal(
          404, "ended",
          "\(Sanitizer.sanitize(identity.description).shown) has ended: \(reason.description.shown)."
        )
      }
      throw Refusal(
        404, "unknown_pid", "There is no process \(text), and nothing is remembered of one.")
    }
    if let pid = runtime.whereis(word), let process = runtime.snapshot(of: pid) { return process }
    throw Refusal(
      404, "unknown_pid",
      "There is no process `\(word.shown)`: the table of processes lists those that live.")
  }

  private func process(_ word: String) throws(Refusal) -> Answer {
    let process = try snapshot(word)
    let moment = cache.moment()
    return .json(
      ProcessDetails(
        process: process, handler: process.handler(in: runtime), all: moment.processes,
        now: runtime.now, history: runtime.events.recent()
      ).json)
  }

  private func state(_ word: String, _ timeout: Duration) async throws(Refusal) -> JSONValue {
    let process = try snapshot(word)
    do {
      let status = try await runtime.sys(process.pid).status(timeout: timeout)
      let text = options.redact?(process, status.state) ?? status.state
      let limit = 64 << 10
      return [
        "type": "state", "pid": .string(process.pid.description),
        "state": .string(text.utf8.count > limit ? String(text.prefix(limit)) + "…" : text),
        "activity": .string(status.activity.rawValue),
      ]
    } catch let error as CallError where error.reason == .timeout {
      throw Refusal(
        504, "timeout",
        "\(process.title.shown) has not answered: it is busy or stuck. What is read off the tables still holds."
      )
    } catch let error as SysError {
      throw Refusal(409, "not_a_server", "\(error).")
    } catch {
      throw Refusal(409, "failed", "\(error).")
    }
  }

  // MARK: Events

  private func events(after number: EventNumber, limit: Int) -> JSONValue {
    let history = runtime.events.recent()
    let later = history.filter { $0.number > number }
    return [
      "type": "events",
      "first": .integer(Int64(history.first?.number ?? 0)),
      "last": .integer(Int64(history.last?.number ?? 0)),
      "time_s": .number(runtime.now / .seconds(1)),
      "events": .array(later.suffix(limit).map(EventJSON.object)),
    ]
  }

  private func why(_ number: EventNumber) throws(Refusal) -> JSONValue {
    let history = runtime.events.recent()
    guard let event = history.first(where: { $0.number == number }) else {
      throw Refusal(
        404, "unknown_event",
        "Event \(number) is not remembered: events \(history.first?.number ?? 0) to \(history.last?.number ?? 0) are."
      )
    }
    let story = CausalStory(of: event, in: history)
    let teller = StoryTeller(childNoun: { [options] in options.childNoun?($0) }, style: .plain)
    return [
      "type": "why", "seq": .integer(Int64(number)),
      "sentences": .array(teller.tell(story).map { .string($0) }),
      "events": .array(story.events.prefix(1000).map(EventJSON.object)),
    ]
  }

  private let sampler = Locked(Sampler())

  func sample() -> JSONValue { sampler.withLock { $0.sample(runtime) } }

  // MARK: Exports

  private func export(_ export: Endpoint.Export) -> Answer {
    let moment = cache.moment(isFresh: true)
    let body: String
    let format: Endpoint.Export.Format
    switch export {
    case .tree(let wanted, let extent):
      format = wanted
      let roots = model(moment).roots
      body =
        switch wanted {
        case .text:
          TreeView(style: .plain, foldingLimit: extent.children, depth: extent.depth).text(roots)
            + "\n"
        case .json: TreeView.json(roots).description + "\n"
        case .dot: TreeView.dot(roots) + "\n"
        case .svg: TreeSVG.draw(TreePicture(FoldedTree(roots, extent)))
        }
    case .processes(let wanted, let query):
      format = wanted
      let titles = Titles(moment.processes)
      let rows = query.page(of: moment.processes, titles).processes
      let table = TableExport(processes: rows, titles: titles)
      body =
        switch wanted {
        case .text: table.text
        case .json: JSONValue.array(rows.map { ProcessJSON.object($0) }).description + "\n"
        case .dot: table.dot
        case .svg: table.svg
        }
    }
    let types: [Endpoint.Export.Format: String] = [
      .text: "text/plain", .json: "application/json", .dot: "text/vnd.graphviz",
      .svg: "image/svg+xml",
    ]
    return Answer(
      type: (types[format] ?? "text/plain") + "; charset=utf-8", body: .bytes(Array(body.utf8)))
  }
}
