import Foundation
import Testing

/// Every error sentence that stands in the shell's sources has been said in a transcript, or a test is
/// named that makes the shell say it, or a reason why nobody can.
@Suite struct ErrorCatalogueTests {
  /// Sentences, by their longest part that is always the same, which no transcript has.
  private static let elsewhere: [String: String] = [
    " sources itself, or 50 files source each other: end that.":
      "SourceTests: a file that sources itself ends at a depth",
    " stopped at its line ": "SourceTests: a file stops at the first command that fails",
    " of the tour is not as it is told: ":
      "TourTests: a step that is not as it is told ends the walk, and is named",
    ". `observer stop` ends it; then it can start elsewhere.":
      "ProgramTests: a second observer is refused while the first runs, whose address is told",
    "interrupted.": "TerminalTests: ctrl-C interrupts what runs, and the session goes on",
    ". `ps` shows who is one.": "SysError's own sentence comes before it: state in refusals.txt",
    " could not be made. `events on` shows why.":
      "said when the bucket supervisor refuses a child, which this application's never does",
    "the shell has no process.": "a process just started has an identifier",
    "an empty command: type `help` for a list.": "the reader yields no command without words",
    " has just ended. `ps` lists what is running.":
      "said when it ends between two looks, which takes two threads",
    " is not running.": "said when the root ends between two looks, which takes two threads",
    "a target is missing: a name, a PID such as <0.9.0>, or `bucket`.":
      "each command that takes a target has at least one word for it",
  ]

  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")

  @Test func `each error sentence is said in a transcript or has its own test`() throws {
    let transcripts = try TranscriptTests.names.map(TranscriptTests.text(of:)).joined()
    var found: Set<String> = []
    for (file, text) in try Self.swiftFiles() {
      for sentence in ErrorSentence.all(in: text) {
        found.insert(sentence)
        #expect(
          transcripts.contains(sentence) || Self.elsewhere[sentence] != nil,
          "\(file): no transcript has: \(sentence)")
      }
    }
    #expect(found.count > 50)
    for sentence in Self.elsewhere.keys {
      #expect(found.contains(sentence), "no longer in the sources: \(sentence)")
      #expect(
        !transcripts.contains(sentence) || sentence == ". `ps` shows who is one.",
        "a transcript has it now: \(sentence)")
    }
  }

  private static func swiftFiles() throws -> [(name: String, text: String)] {
    var files: [(String, String)] = []
    for module in ["Shell", "KVShell"] {
      let folder = sources.appendingPathComponent(module)
      let paths = FileManager.default.enumerator(atPath: folder.path)
      while let path = paths?.nextObject() as? String {
        guard path.hasSuffix(".swift") else { continue }
        let text = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
        files.append((path, text))
      }
    }
    return files
  }
}

/// Finds the sentences of errors in a source: what is given to `CommandError` and its shorthands.
enum ErrorSentence {
  /// Of each sentence the longest part between what is inserted.
  static func all(in source: String) -> [String] {
    let maker = /(?:CommandError|usage|unknownTarget|AssertionFailure)\(\s*(?:message:\s*)?(?=")/
    return source.matches(of: maker).compactMap { match in
      var (parts, end) = literal(in: source, at: match.range.upperBound)
      // The code for programs comes first.
      if parts.count == 1, parts[0].wholeMatch(of: /[a-z_]+/) != nil {
        guard let comma = source[end...].prefixMatch(of: /,\s*(?=")/) else { return nil }
        (parts, end) = literal(in: source, at: comma.range.upperBound)
      }
      let longest = parts.max { $0.count < $1.count } ?? ""
      // One that only passes on what another says.
      return longest.isEmpty ? nil : longest
    }
  }

  /// The fixed parts of a string literal, and where it ends.
  private static func literal(
    in source: String, at start: String.Index
  ) -> (parts: [String], end: String.Index) {
    var parts = [""]
    var rest = source[start...].dropFirst()
    while let character = rest.popFirst(), character != "\"" {
      guard character == "\\", let escaped = rest.popFirst() else {
        parts[parts.count - 1].append(character)
        continue
      }
      guard escaped == "(" else {
        parts[parts.count - 1].append(escaped)
        continue
      }
      // What is inserted may have parentheses of its own.
      var depth = 1
      while depth > 0, let next = rest.popFirst() {
        if next == "(" { depth += 1 } else if next == ")" { depth -= 1 }
      }
      parts.append("")
    }
    return (parts, rest.startIndex)
  }
}
