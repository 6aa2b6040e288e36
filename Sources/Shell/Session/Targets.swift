package import Supervision

/// Words that stand for processes.
extension Session {
  /// Whom all of these words mean.
  package func target(_ words: ArraySlice<String>) async throws -> PID {
    let (count, pid) = try await leadingTarget(words)
    guard count == words.count else {
      throw CommandError.usage(
        "too many words after the target: `\(words[words.startIndex + count].shown)`. Quote a name "
          + "that has spaces.")
    }
    return pid
  }

  /// Whom the first of these words mean, and how many words that took.
  package func leadingTarget(_ words: ArraySlice<String>) async throws -> (count: Int, pid: PID) {
    guard let word = words.first else {
      throw CommandError.usage("a target is missing: a name, a PID such as <0.9.0>, or `bucket`.")
    }
    if word == "self" { return (1, try await ownProcess().pid) }
    if let alias = application.aliases[word] {
      if let pid = runtime.whereis(alias) { return (1, pid) }
      throw notRunning ?? CommandError.unknownTarget("\(alias) is not running just now.")
    }
    if let found = try await application.target(words, in: self) { return found }
    if let pid = runtime.whereis(word) { return (1, pid) }
    if PID.serial(in: word) != nil {
      if let pid = runtime.pid(word) { return (1, pid) }
      throw CommandError.unknownTarget("\(word) is not alive. `ps` lists what is running.")
    }
    throw unknownTarget(word)
  }

  private func unknownTarget(_ word: String) -> CommandError {
    let hint =
      Suggestion.best(for: word, among: targetWords).map { "did you mean `\($0)`? " } ?? ""
    return .unknownTarget("no process is called \(word.shown): \(hint)`ps` lists what is running.")
  }

  /// Every word that stands for a process now.
  package var targetWords: [String] {
    application.aliases.keys.sorted() + application.targetWords(in: self)
      + runtime.registeredNames.map(\.name)
  }

  /// The process in words: `KV.Registry <0.5.0>`.
  package func titled(_ pid: PID) -> String {
    let title = runtime.snapshot(of: pid)?.title ?? pid.description
    return title == pid.description ? title : "\(Sanitizer.sanitize(title)) \(pid)"
  }
}

/// Whom a word meant in the past, too: the dead have no process to be found by.
///
/// Matches events by name, label or PID; an alias of the application's stands for its name.
struct EventTarget: Sendable {
  private let words: Set<String>
  let title: String

  init(_ arguments: ArraySlice<String>, in session: Session) throws(CommandError) {
    var word = session.application.label(of: arguments)
    if word == nil, arguments.count == 1 { word = arguments.first }
    guard var word else {
      throw .usage("one target is expected: a name, a PID such as <0.9.0>, or a label.")
    }
    if let serial = PID.serial(in: word) { word = "<0.\(serial).0>" }
    title = word
    words = [word, session.application.aliases[word] ?? word]
  }

  func matches(_ identity: ProcessIdentity?) -> Bool {
    guard let identity else { return false }
    return words.contains(identity.pid.description)
      || identity.name.map(words.contains) == true || identity.label.map(words.contains) == true
  }

  func matches(_ process: ProcessSnapshot) -> Bool {
    words.contains(process.pid.description)
      || process.name.map(words.contains) == true || process.label.map(words.contains) == true
  }

  /// Whether the event is about such a process, or about something that it supervises.
  func concerns(_ event: RuntimeEvent) -> Bool {
    if case .note(let note) = event.kind, case SupervisionNote.restarting(let restart) = note,
      words.contains(restart.child) || restart.stopping.contains(where: { matches($0.identity) })
    {
      return true
    }
    return matches(event.kind.identity)
  }
}
