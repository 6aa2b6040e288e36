public import Processes

/// An application could not be loaded, started or stopped.
public enum ApplicationError: Error, Hashable, Sendable {
  /// Nobody has loaded an application of this name.
  case unknown(String, neededBy: String?)
  /// Each of these needs the next, and the last needs the first.
  case circular([String])
  case alreadyLoaded(String)
  case alreadyStarted(String)
  /// It does not run, and the other one needs it to.
  case notStarted(String, neededBy: String?)
  /// It runs, or is about to; stop it first.
  case running(String)
  /// Its root supervisor did not start.
  case failed(String, ExitReason)
}

extension ApplicationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknown(let name, nil): "there is no application \(name): load its specification first"
    case .unknown(let name, let dependent?):
      "application \(dependent) needs \(name), which is not loaded: load its specification first"
    case .circular(let names):
      "applications need each other in a circle: \((names + names.prefix(1)).joined(separator: " → "))"
    case .alreadyLoaded(let name): "application \(name) is loaded already: unload it first"
    case .alreadyStarted(let name): "application \(name) runs already"
    case .notStarted(let name, nil): "application \(name) does not run"
    case .notStarted(let name, let dependent?):
      "application \(dependent) needs \(name), which does not run: start it first, or use `ensureAllStarted`"
    case .running(let name): "application \(name) runs: stop it first"
    case .failed(let name, let reason): "application \(name) did not start: \(reason)"
    }
  }
}
