import Foundation
import KVShell
import Testing

@testable import Shell

/// Transcripts of whole sessions: what is typed stands behind the prompt, what is printed below it.
///
/// They run in simulation, so PIDs, times and the order of lines are the same everywhere.
/// `UPDATE_TRANSCRIPTS=1 swift test --filter Transcript` writes what is printed now; look at the
/// difference before committing it.
@Suite struct TranscriptTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Transcripts")

  static var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      .filter { $0.hasSuffix(".txt") }.sorted()
  }

  static func text(of name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  static func commands(in transcript: String) -> [String] {
    transcript.split(separator: "\n").filter { $0.hasPrefix("kv> ") }
      .map { String($0.dropFirst(4)) }
  }

  @Test func `there are transcripts`() { #expect(Self.names.count >= 3) }

  @Test(arguments: names) func transcript(_ name: String) throws {
    let file = Self.folder.appendingPathComponent(name)
    let expected = try Self.text(of: name)
    let script = Self.commands(in: expected).joined(separator: "\n") + "\n"
    let actual = Simulated(script, echoes: true).text
    if ProcessInfo.processInfo.environment["UPDATE_TRANSCRIPTS"] != nil {
      try actual.write(to: file, atomically: true, encoding: .utf8)
    } else {
      #expect(actual == expected)
    }
  }

  @Test func `every command occurs in a transcript`() throws {
    var typed: Set<String> = []
    for name in Self.names {
      for line in Self.commands(in: try Self.text(of: name)) {
        for command in (try? Lexer.lex(line)) ?? [] { typed.formUnion(command.words.map(\.text)) }
      }
    }
    let missing = CommandTable.all(of: KVApplication()).names.filter { !typed.contains($0) }
    #expect(missing.isEmpty)
  }
}
