internal import LineEditing
internal import Supervision

/// What Tab offers: commands, options, the words that an argument can be, live names, PIDs, variables,
/// files.
///
/// Reads the runtime's tables and asks no process, so it answers at once whatever the system is doing.
/// (What an application offers of its own may ask, briefly.)
struct Completer {
  let session: Session

  typealias Candidate = (word: String, description: String?)

  func complete(_ line: String, _ cursor: Int) -> [Completion] {
    let prefix = String(line.prefix(cursor))
    let context = PartialLine(prefix)
    guard !context.isComment else { return [] }
    // The editor counts characters, the lexer bytes.
    let start = prefix.count - context.source.count
    if context.source.hasPrefix("$") { return variables(context.source, start) }
    let words = context.words.map(\.text)
    return candidates(words, context.partial)
      .filter { $0.word.hasPrefix(context.partial) }
      .map {
        Completion(
          text: Lexer.quote($0.word), start: start, description: $0.description,
          appendsSpace: !$0.word.hasSuffix("/"))
      }
  }

  private func variables(_ source: String, _ start: Int) -> [Completion] {
    session.variables.all.filter { "$\($0.name)".hasPrefix(source) }
      .map { Completion(text: "$\($0.name)", start: start, description: $0.value) }
  }

  /// - Parameter words: Those of the command before the one that is being typed.
  private func candidates(_ words: [String], _ partial: String) -> [Candidate] {
    let table = session.table
    guard let name = words.first else { return table.commands.map { ($0.name, $0.summary) } }
    guard let command = table[name] else { return [] }
    let place = ArgumentPlace(words.dropFirst(), of: command)
    if let option = place.openOption { return values(of: option) }
    if partial.hasPrefix("-"), place.mayTakeOption {
      return command.options.filter { !place.given.contains($0.name) }
        .map { ("--\($0.name)", $0.summary) }
    }
    guard !command.arguments.isEmpty, place.arguments.count < command.arity.upperBound else {
      return []
    }
    // The last argument may be repeated.
    let index = min(place.arguments.count, command.arguments.count - 1)
    let nested = command.arguments.firstIndex { if case .commandLine = $0 { true } else { false } }
    if let nested, place.arguments.count > nested {
      return candidates(Array(place.arguments.dropFirst(nested)), partial)
    }
    switch command.arguments[index] {
    case .target: return targets(after: place.arguments, partial)
    case .choice(let choices): return choices.map { ($0, nil) }
    case .command, .commandLine: return table.commands.map { ($0.name, $0.summary) }
    case .live(let find): return find(session, words).unique.map { ($0, nil) }
    case .file: return SourceFile.completions(of: partial).map { ($0, nil) }
    case .free:
      // The second word of a target, such as a bucket's name.
      let isTarget = command.arguments.contains { if case .target = $0 { true } else { false } }
      let isSecond = place.arguments.last.map(session.application.keywords.contains) ?? false
      return isTarget && isSecond ? targets(after: place.arguments, partial) : []
    }
  }

  private func values(of option: Command.Option) -> [Candidate] {
    switch option.value {
    case "TARGET", "NAME,…": session.targetWords.unique.map { ($0, nil) }
    case "COLUMN": ProcessTable.Column.allCases.map { ($0.rawValue, nil) }
    default: []
    }
  }

  private func targets(after words: [String], _ partial: String) -> [Candidate] {
    if words.last.map(session.application.keywords.contains) ?? false {
      return session.application.targetWords(in: session)
        .filter { !session.application.keywords.contains($0) }.unique.map { ($0, nil) }
    }
    if partial.hasPrefix("<") || partial.hasPrefix("#") {
      return session.runtime.snapshot.filter { !$0.isSilent }.map {
        ($0.pid.description, $0.title == $0.pid.description ? $0.kind.rawValue : $0.title)
      }
    }
    return session.targetWords.unique.map { word in
      let name = session.application.aliases[word] ?? word
      let pid = session.runtime.whereis(name)
      return (word, pid.map { name == word ? "\($0)" : "\(name) \($0)" })
    }
  }
}

/// Where in a command the cursor stands: what options and arguments are there already.
private struct ArgumentPlace {
  private(set) var arguments: [String] = []
  private(set) var given: Set<String> = []
  /// An option that waits for its value.
  private(set) var openOption: Command.Option?
  /// Whether an option may stand here: not behind `--`, and not within a command's command.
  private(set) var mayTakeOption: Bool

  init(_ words: ArraySlice<String>, of command: Command) {
    mayTakeOption = !command.options.isEmpty
    var rest = words
    while let word = rest.popFirst() {
      guard mayTakeOption, word.hasPrefix("--") else {
        arguments.append(word)
        if command.takesCommand { mayTakeOption = false }
        continue
      }
      if word == "--" {
        mayTakeOption = false
        continue
      }
      let name = String(word.dropFirst(2).prefix { $0 != "=" })
      given.insert(name)
      let option = command.options.first { $0.name == name }
      if let option, option.value != nil, !word.contains("=") {
        if rest.popFirst() == nil { openOption = option }
      }
    }
  }
}

extension [String] {
  /// Each word once, in the order of first appearance.
  var unique: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
