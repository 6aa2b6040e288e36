internal import Supervision
internal import Testing

// Testing comes with the toolchain. A static build of the standard library has none: build the products
// of the package then, of which no program has this target in it.

/// Whether processes may outlive a test.
public enum LeakRule: Sendable, Hashable {
  /// Each that does fails the test.
  case reported
  /// They may; the runtime's shutdown ends them.
  case allowed
}

/// Which processes outlived a test, as its issue names them.
struct LeakReport: CustomStringConvertible {
  let description: String

  /// Nil when there are none.
  ///
  /// - Parameters:
  ///   - snapshot: All processes, after cleaning up.
  ///   - isClean: Whether cleaning up came to its end.
  init?(_ snapshot: [ProcessSnapshot], isClean: Bool) {
    // Zombies are dead, and the house's own are no business of the test's.
    let leaks = snapshot.filter { $0.status != .zombie && !$0.isSilent }
    guard !leaks.isEmpty else { return nil }
    let titles = Dictionary(uniqueKeysWithValues: snapshot.map { ($0.pid, Self.title(of: $0)) })
    let shown = leaks.prefix(20).map { process in
      let origin =
        process.parent.map { "started by \(titles[$0] ?? $0.description)" } ?? "no parent"
      return "  \(Self.title(of: process)), \(process.kind.words), \(process.status), \(origin)"
    }
    let more = leaks.count > shown.count ? ["  and \(leaks.count - shown.count) more"] : []
    let count = leaks.count == 1 ? "1 process" : "\(leaks.count) processes"
    let advice =
      isClean
      ? "\(count) outlived the test. Stop them in it, or start them with startSupervised:"
      : "\(count) did not stop in time after the test, or kept busy:"
    description = ([advice] + shown + more).joined(separator: "\n")
  }

  private static func title(of process: ProcessSnapshot) -> String {
    // A supervisor's role is its strategy, which tells nothing here.
    let isSupervisor = process.kind == .supervisor || process.kind == .dynamicSupervisor
    let title = process.name ?? process.label ?? (isSupervisor ? nil : process.role)
    return title.map { "\($0) \(process.pid)" } ?? process.pid.description
  }

  func record(at place: Place) {
    Issue.record("\(description)", sourceLocation: place.sourceLocation)
  }
}

/// Where a test is written.
struct Place {
  let fileID: String
  let filePath: String
  let line: Int
  let column: Int

  fileprivate var sourceLocation: SourceLocation {
    SourceLocation(fileID: fileID, filePath: filePath, line: line, column: column)
  }
}

extension ProcessKind {
  fileprivate var words: String {
    switch self {
    case .process: "a process"
    case .server: "a server"
    case .agent: "an agent"
    case .supervisor: "a supervisor"
    case .dynamicSupervisor: "a dynamic supervisor"
    }
  }
}
