import Foundation
import Testing

/// Scripts that run files.
@Suite struct SourceTests {
  @Test func `a file stops at the first command that fails`() throws {
    try withFile("create a\nget nowhere x\ncreate b\n") { path in
      let run = Simulated("source \(path)\nbuckets")
      #expect(run.errors.contains("line 2: get nowhere x: no bucket is called nowhere"))
      #expect(run.errors.contains("\(path) stopped at its line 2, see above."))
      #expect(run.output.hasSuffix("a\n"))
      #expect(!run.output.contains("b is"))
    }
  }

  @Test func `a file that sources itself ends at a depth`() throws {
    try withFile("") { path in
      try "source \(path)\n".write(toFile: path, atomically: true, encoding: .utf8)
      let run = Simulated("source \(path)")
      #expect(
        run.errors.contains("\(path) sources itself, or 50 files source each other: end that."))
      #expect(!run.succeeded)
    }
  }

  private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("kv-\(UUID().uuidString).kv").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }
}
