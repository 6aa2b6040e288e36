/// One way to complete the word before the cursor.
///
/// ```swift
/// Completion(text: "shopping", start: 4, description: "bucket")
/// ```
public struct Completion: Sendable, Equatable {
  /// What replaces the line from `start` to the cursor. Control characters are removed.
  public var text: String
  /// Where the word being completed begins, as an offset in characters of the line.
  public var start: Int
  /// A few words for the list of candidates.
  public var description: String?
  /// Whether a space follows when this is the only candidate and none is there yet.
  public var appendsSpace: Bool

  public init(text: String, start: Int, description: String? = nil, appendsSpace: Bool = true) {
    self.text = text
    self.start = start
    self.description = description
    self.appendsSpace = appendsSpace
  }
}

/// What a press of the Tab key does: a decision without a terminal.
enum CompletionAction: Equatable {
  /// Nothing matches.
  case beep
  /// Replace the `deleting` scalars before the cursor by the text.
  case insert(String, deleting: Int)
  /// There are several candidates and nothing more that they share.
  case list([Completion])

  /// - Parameters:
  ///   - line: What has been typed.
  ///   - cursor: Its cursor, an offset in characters.
  init(_ candidates: [Completion], line: String, cursor: Int) {
    let characters = Array(line)
    let cursor = min(max(cursor, 0), characters.count)
    let candidates = candidates.map { candidate in
      var candidate = candidate
      candidate.text = TerminalText.plain(candidate.text)
      candidate.description = candidate.description.map(TerminalText.plain)
      candidate.start = min(max(candidate.start, 0), cursor)
      return candidate
    }
    guard let first = candidates.first else {
      self = .beep
      return
    }
    let typed = String(characters[first.start..<cursor])
    let deleting = typed.unicodeScalars.count

    if candidates.count == 1 {
      let isFollowedBySpace = cursor < characters.count && characters[cursor] == " "
      let text = first.text + (first.appendsSpace && !isFollowedBySpace ? " " : "")
      self = text == typed ? .beep : .insert(text, deleting: deleting)
      return
    }
    // Candidates for different words share nothing that could be inserted.
    if candidates.allSatisfy({ $0.start == first.start }) {
      let common = Self.longestCommonPrefix(candidates.map(\.text))
      // Never shorten what was typed: a completer may match in the middle of words, or ignore case.
      if common.count > typed.count {
        self = .insert(common, deleting: deleting)
        return
      }
    }
    self = .list(candidates)
  }

  /// The longest text with which all of them begin, in whole characters.
  static func longestCommonPrefix(_ texts: [String]) -> String {
    guard var prefix = texts.first.map({ $0[...] }) else { return "" }
    for text in texts.dropFirst() {
      let shared = zip(prefix, text).prefix { $0 == $1 }.count
      prefix = prefix.prefix(shared)
    }
    return String(prefix)
  }
}
