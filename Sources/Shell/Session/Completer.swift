internal import LineEditing
internal import Supervision

/// What Tab offers: commands, the words that an argument can be, live names.
///
/// Asks no process, so it answers at once whatever the system is doing.
struct Completer {
  let session: Session

  func complete(_ line: String, _ cursor: Int) -> [Completion] {
    let prefix = String(line.prefix(cursor))
    let context = PartialLine(prefix)
    guard !context.isComment else { return [] }
    // The editor counts characters, the lexer bytes.
    let start = prefix.count - context.source.count
    let words = context.words.map(\.text)
    return candidates(words, session.table)
      .filter { $0.word.hasPrefix(context.partial) }
      .map {
        Completion(
          text: Lexer.quote($0.word), start: start, description: $0.description,
          appendsSpace: true)
      }
  }

  private func candidates(
    _ words: [String], _ table: CommandTable
  ) -> [(word: String, description: String?)] {
    guard let name = words.first else {
      return table.commands.map { ($0.name, $0.summary) }
    }
    guard let command = table[name], !command.arguments.isEmpty else { return [] }
    let place = words.count - 1
    // The last argument may be repeated.
    switch command.arguments[min(place, command.arguments.count - 1)] {
    case .free where place < command.arity.upperBound && words.last == "bucket",
      .target where place < command.arity.upperBound:
      let candidates =
        words.last == "bucket" && place > 0
        ? session.application.targetWords(in: session) : session.targetWords
      return candidates.unique.map { ($0, nil) }
    case .choice(let choices): return choices.map { ($0, nil) }
    case .command: return table.commands.map { ($0.name, $0.summary) }
    case .live(let find): return find(session, words).unique.map { ($0, nil) }
    case .free, .target, .commandLine, .file: return []
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
