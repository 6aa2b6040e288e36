internal import Supervision

/// What is asked for.
enum Endpoint: Equatable {
  case page
  /// The page without the slash at the end of its address.
  case folder(String)
  case tree(FoldedTree.Extent)
  case past(EventNumber, FoldedTree.Extent)
  case processes(ProcessQuery)
  case process(String)
  case state(String, timeout: Duration)
  case action(String)
  case events(after: EventNumber, limit: Int)
  case why(EventNumber)
  case system
  case sample
  case stream(lastEventID: EventNumber?)
  case export(Export)

  enum Export: Equatable {
    enum Format: String, CaseIterable { case text = "txt", json, dot, svg }

    case tree(Format, FoldedTree.Extent)
    case processes(Format, ProcessQuery)
  }

  /// - Parameters:
  ///   - path: The path behind the token.
  ///   - request: Where the path comes from.
  init(_ path: [String], of request: Request) throws(Refusal) {
    let method = request.method
    let isAction = path.count == 4 && path[0] == "api" && path[3] == "actions"
    if isAction {
      guard method == .post else { throw Self.wrongMethod("POST") }
      guard request.headers.contentType?.lowercased().hasPrefix("application/json") == true else {
        throw Refusal(415, "wrong_type", "An action is sent as application/json.")
      }
    } else if method != .get, method != .head {
      throw Self.wrongMethod("GET, HEAD")
    }
    let query = request.query
    switch path.count {
    // What the page asks for lies beside it, so below the token.
    case 0: self = request.endsInSlash ? .page : .folder(request.path.last ?? "")
    case 1 where path[0] == "index.html": self = .page
    case 2 where path[0] == "api":
      switch path[1] {
      case "tree": self = .tree(try Self.extent(query))
      case "past":
        self = .past(try Self.number("seq", query, nil, 0...Int.max), try Self.extent(query))
      case "processes": self = .processes(try ProcessQuery(query))
      case "events":
        self = .events(
          after: try Self.number("after", query, 0, 0...Int.max),
          limit: Int(try Self.number("limit", query, 1000, 1...10_000)))
      case "system": self = .system
      case "sample": self = .sample
      case "stream":
        let last = request.headers.lastEventID ?? query["after"]
        if let last, EventNumber(last) == nil {
          throw .malformed("Last-Event-ID is the number of an event, not `\(last.prefix(40))`.")
        }
        self = .stream(lastEventID: last.flatMap { EventNumber($0) })
      default: throw Self.unknown
      }
    case 3 where path[0] == "api" && path[1] == "processes": self = .process(path[2])
    case 3 where path[0] == "api" && path[1] == "export":
      let parts = path[2].split(separator: ".")
      guard parts.count == 2, let format = Export.Format(rawValue: String(parts[1])) else {
        throw Refusal(
          404, "unknown_export",
          "There are tree and processes as .txt, .json, .dot and .svg: /api/export/tree.svg.")
      }
      switch parts[0] {
      case "tree":
        var extent = try Self.extent(query)
        if query["children"] == nil { extent.children = 1_000_000 }
        if query["depth"] == nil { extent.depth = 1_000_000 }
        if query["nodes"] == nil { extent.nodes = 1_000_000 }
        self = .export(.tree(format, extent))
      case "processes":
        var all = try ProcessQuery(query)
        if query["limit"] == nil { all.limit = 1_000_000 }
        self = .export(.processes(format, all))
      default: throw Self.unknown
      }
    case 4 where isAction && path[1] == "processes": self = .action(path[2])
    case 4 where path[0] == "api" && path[1] == "processes" && path[3] == "state":
      let limit = try Self.number("timeout_ms", query, 2000, 1...60_000)
      self = .state(path[2], timeout: .milliseconds(Int64(limit)))
    case 4 where path[0] == "api" && path[1] == "events" && path[3] == "why":
      guard let number = EventNumber(path[2]) else {
        throw .malformed("An event is named by its number, not `\(path[2].prefix(40))`.")
      }
      self = .why(number)
    default: throw Self.unknown
    }
  }

  private static let unknown = Refusal(
    404, "unknown_path", "There is nothing of that name; docs/observer.md lists what there is.")

  private static func wrongMethod(_ allowed: String) -> Refusal {
    var refusal = Refusal(405, "wrong_method", "This answers to \(allowed) only.")
    refusal.allowed = allowed
    return refusal
  }

  static func number(
    _ name: String, _ query: [String: String], _ standard: Int?, _ range: ClosedRange<Int>
  ) throws(Refusal) -> UInt64 {
    guard let text = query[name] else {
      if let standard { return UInt64(standard) }
      throw .malformed("\(name) is missing.")
    }
    guard let number = Int(text), range.contains(number) else {
      throw .malformed(
        "\(name) is a number from \(range.lowerBound) to \(range.upperBound), not `\(text.prefix(40))`."
      )
    }
    return UInt64(number)
  }

  private static func extent(_ query: [String: String]) throws(Refusal) -> FoldedTree.Extent {
    var extent = FoldedTree.Extent()
    extent.children = Int(try number("children", query, extent.children, 1...1_000_000))
    extent.depth = Int(try number("depth", query, extent.depth, 0...1_000_000))
    extent.nodes = Int(try number("nodes", query, extent.nodes, 1...1_000_000))
    extent.openedSerials = try serials("open", query)
    extent.revealedSerials = try serials("reveal", query)
    return extent
  }

  private static func serials(
    _ name: String, _ query: [String: String]
  ) throws(Refusal) -> Set<UInt64> {
    var serials: Set<UInt64> = []
    for word in (query[name] ?? "").split(separator: ",") {
      guard let serial = PID.serial(in: word) ?? UInt64(word) else {
        throw .malformed("\(name) is a list of PIDs such as <0.5.0>, not `\(word.prefix(40))`.")
      }
      serials.insert(serial)
    }
    return serials
  }
}
