/// Which process bears which name.
///
/// Invariants, all under `names`:
/// 1. A name leads to at most one process, and a process has at most one name.
/// 2. The name of a dead process counts as free, even in the moment before it is removed.
final class NameTable: Sendable {
  private let names = Locked([String: ProcessCell]())

  /// Gives `cell` the name.
  func register(_ name: String, _ cell: ProcessCell) throws(RegistrationError) {
    try names.withLock { names throws(RegistrationError) in
      if let holder = names[name], !holder.isDead { throw .nameTaken(name, by: holder.pid) }
      guard cell.takeName(name) else {
        throw cell.isDead ? .notAlive(cell.pid) : .hasName(cell.pid, cell.name ?? "")
      }
      names[name] = cell
    }
  }

  /// False when nobody bears the name.
  func unregister(_ name: String) -> Bool {
    names.withLock { names in
      guard let holder = names.removeValue(forKey: name) else { return false }
      holder.dropName(name)
      return !holder.isDead
    }
  }

  /// Frees the name of a process that died, unless a successor has it already.
  func release(_ name: String, of cell: ProcessCell) {
    names.withLock { names in
      if names[name] === cell { names[name] = nil }
    }
  }

  func find(_ name: String) -> ProcessCell? {
    names.withLock { names in
      guard let holder = names[name], !holder.isDead else { return nil }
      return holder
    }
  }

  var all: [(name: String, pid: PID)] {
    names.withLock { names in
      names.filter { !$0.value.isDead }.map { ($0.key, $0.value.pid) }
    }.sorted { $0.name < $1.name }
  }
}

/// A process could not be given a name.
public enum RegistrationError: Error, Hashable, Sendable {
  case nameTaken(String, by: PID)
  case hasName(PID, String)
  case notAlive(PID)
  /// The registry that the name leads through does not run.
  case noRegistry(String)
  /// The registry's keys lead to many, and are no names.
  case notUnique(String)
}

extension RegistrationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nameTaken(let name, let holder):
      "\(name) is taken by \(holder): unregister it there, or choose another name"
    case .hasName(let pid, let name):
      "\(pid) is already registered as \(name): a process has at most one name"
    case .notAlive(let pid):
      "\(pid) is not alive and can bear no name"
    case .notUnique(let name):
      "\(name) is no name: the registry's keys lead to many. Make it one with unique keys"
    case .noRegistry(let name):
      "the registry \(name) does not run: start it, or its supervisor, first"
    }
  }
}
