internal import Processes

/// An application before it runs: its name, what it depends on, its root supervisor.
///
///     let database = ApplicationSpec("database", root: Database.childSpec())
///     let web = ApplicationSpec(
///       "web", dependencies: ["database"], environment: ["port": 8080], root: Web.childSpec())
///
/// - Note: Follows OTP's application resource file and callback module, in one value.
public struct ApplicationSpec: Sendable {
  public var name: String
  /// The applications that must run before this one is started.
  public var dependencies: [String]
  /// What can be set about it; see `Applications.setting(_:of:as:)`.
  public var environment: [String: any Sendable]
  /// How its root supervisor is started; nil for a library, which runs no process.
  public var root: ChildSpec?
  /// Called before its tree is stopped, or when the root has ended by itself: OTP's `prep_stop`.
  public var willStop: (@Sendable () async -> Void)?
  /// Called when its tree has stopped: OTP's `stop`.
  public var didStop: (@Sendable () async -> Void)?

  public init(
    _ name: String, dependencies: [String] = [], environment: [String: any Sendable] = [:],
    root: ChildSpec? = nil, willStop: (@Sendable () async -> Void)? = nil,
    didStop: (@Sendable () async -> Void)? = nil
  ) {
    self.name = name
    self.dependencies = dependencies
    self.environment = environment
    self.root = root
    self.willStop = willStop
    self.didStop = didStop
  }
}

/// What the end of an application means for the others.
///
/// Only an end by itself counts, or a start that fails: stopping an application by hand never touches
/// the others.
///
/// - Note: Follows OTP's restart types of applications.
public enum ApplicationType: String, Sendable, Hashable {
  /// All others stop, whatever the reason.
  case permanent
  /// All others stop, unless the reason is `normal`. A root supervisor that gives up ends with
  /// `shutdown`, which is another reason.
  case transient
  /// Nothing.
  case temporary

  /// Whether all others stop after an end with `reason`.
  func endsOthers(after reason: ExitReason) -> Bool {
    switch self {
    case .permanent: true
    case .transient: reason != .normal
    case .temporary: false
    }
  }
}
