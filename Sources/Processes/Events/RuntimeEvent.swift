/// The place of an event in its runtime's stream, counted from 1.
public typealias EventNumber = UInt64

/// Something that happened in a runtime, and what led to it.
///
/// There is one stream of events for each runtime. The shell's live lines, its JSON, logs and
/// pictures are views of it. Following `cause` from event to event tells the story of a restart back
/// to its beginning, including the command of a person.
public struct RuntimeEvent: Sendable {
  /// Counts up by one for each event.
  public let number: EventNumber
  private let causeNumber: EventNumber
  /// Since the runtime's start, by its clock.
  let nanoseconds: Int64
  public let kind: Kind
  /// Whether it surely refers to nothing that it shares with others, and can be forgotten as it is.
  let holdsNothing: Bool

  /// An earlier event of the same stream that led to this one; nil where the story begins.
  public var cause: EventNumber? { causeNumber == 0 ? nil : causeNumber }
  /// Since the runtime's start, by its clock; up to a tick of 4 ms before, where a process starts or ends that has
  /// neither name nor label nor supervisor, and nobody has subscribed to the events.
  public var time: Duration { .nanoseconds(nanoseconds) }

  init(
    number: EventNumber, cause: EventNumber, nanoseconds: Int64, kind: consuming Kind,
    holdsNothing: Bool = false
  ) {
    self.number = number
    causeNumber = cause
    self.nanoseconds = nanoseconds
    self.kind = kind
    self.holdsNothing = holdsNothing
  }

  public enum Kind: Sendable {
    /// Somebody outside the system acted: a line typed into a shell, a click on a page.
    case command(String)
    /// A process runs; a server has initialized.
    case started(ProcessIdentity, isRestart: Bool)
    /// A process ended.
    case exited(ProcessIdentity, ExitReason)
    /// A server's initialization failed, or said that it is not wanted (`ignored`).
    case startFailed(ProcessIdentity, ExitReason?)
    /// An application or a floor above the processes has something to tell.
    case note(any EventNote)
  }
}

/// An event that a floor above the processes defines, such as a supervisor's decision.
public protocol EventNote: Sendable {
  /// One word for the event, as views filter by it: `restart_limit_reached`.
  var eventName: String { get }
  /// Whom it is about, if it is about a process.
  var subject: ProcessIdentity? { get }
}

/// Who a process was when something happened to it.
public struct ProcessIdentity: Sendable {
  public let pid: PID
  private let tags: ProcessTags?
  private let supervision: Supervision?

  /// The name it was registered under.
  public var name: String? { tags?.name }
  /// What the application calls it, for example the name of a bucket.
  public var label: String? { tags?.label }
  /// The supervisor it belongs to.
  public var supervisor: SupervisorIdentity? {
    supervision.map { SupervisorIdentity(pid: $0.supervisor, name: $0.supervisorName) }
  }

  /// A supervisor as its children see it.
  public struct SupervisorIdentity: Hashable, Sendable {
    public let pid: PID
    public let name: String?
  }

  /// Whether it refers to nothing that it shares with others.
  var holdsNothing: Bool { tags == nil && supervision == nil }

  init(_ pid: PID, _ tags: ProcessTags?, _ supervision: Supervision?) {
    self.pid = pid
    self.tags = tags
    self.supervision = supervision
  }

  /// One that nobody supervises.
  package init(pid: PID, name: String?, label: String?) {
    self.init(pid, ProcessTags(ifAny: name, label), nil)
  }

  /// The name, else the label, else the PID.
  public var title: String { name ?? label ?? pid.description }
}

extension ProcessIdentity: Hashable {
  public static func == (left: Self, right: Self) -> Bool {
    left.pid == right.pid && left.name == right.name && left.label == right.label
      && left.supervisor == right.supervisor
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(pid) }
}

/// What people call a process. Replaced as a whole, so that events can share it with the process.
final class ProcessTags: Sendable {
  /// The name it is registered under.
  let name: String?
  /// What the application calls it.
  let label: String?

  init(name: String?, label: String?) {
    self.name = name
    self.label = label
  }

  /// Nil when it is called nothing.
  convenience init?(ifAny name: String?, _ label: String?) {
    if name == nil, label == nil { return nil }
    self.init(name: name, label: label)
  }
}

extension RuntimeEvent: CustomStringConvertible {
  /// One line, for failing tests and debuggers: `12 ← 9  2.0 seconds  exited shopping <0.5.0>: killed`.
  public var description: String {
    let origin = cause.map { " ← \($0)" } ?? ""
    return "\(number)\(origin)  \(time)  \(kind)"
  }
}

extension RuntimeEvent.Kind: CustomStringConvertible {
  public var description: String {
    switch self {
    case .command(let text): "command \(text)"
    case .started(let identity, let isRestart): "\(isRestart ? "restarted" : "started") \(identity)"
    case .exited(let identity, let reason): "exited \(identity): \(reason)"
    case .startFailed(let identity, let reason?): "start failed \(identity): \(reason)"
    case .startFailed(let identity, nil): "not wanted \(identity)"
    case .note(let note):
      note.subject.map { "\(note.eventName) \($0)" } ?? note.eventName
    }
  }
}

extension ProcessIdentity: CustomStringConvertible {
  public var description: String {
    title == pid.description ? title : "\(title) \(pid)"
  }
}
