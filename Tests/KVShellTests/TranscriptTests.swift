import Foundation
import Testing

/// Transcripts of whole sessions: what is typed stands behind the prompt, what is printed below it.
///
/// PIDs are masked. `UPDATE_TRANSCRIPTS=1 swift test --filter Transcript` writes what the program
/// prints now; look at the difference before committing it.
@Suite struct TranscriptTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Transcripts")

  static var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      .filter { $0.hasSuffix(".txt") }.sorted()
  }

  @Test func `there are transcripts`() { #expect(!Self.names.isEmpty) }

  @Test(arguments: names) func transcript(_ name: String) throws {
    let file = Self.folder.appendingPathComponent(name)
    let expected = try String(contentsOf: file, encoding: .utf8)
    let commands = expected.split(separator: "\n").filter { $0.hasPrefix("kv> ") }
      .map { $0.dropFirst(4) }
    let outcome = try Program.run(
      ["--workers", "1", "--echo", "--keep-going"],
      input: commands.joined(separator: "\n") + "\n")
    let actual =
      (outcome.output + (outcome.errors.isEmpty ? "" : "--- errors\n" + outcome.errors))
      .replacingOccurrences(of: "<0\\.[0-9]+\\.0>", with: "<0.x.0>", options: .regularExpression)
    if ProcessInfo.processInfo.environment["UPDATE_TRANSCRIPTS"] != nil {
      try actual.write(to: file, atomically: true, encoding: .utf8)
    } else {
      #expect(actual == expected)
    }
  }
}
