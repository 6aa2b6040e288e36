import Foundation
import KVShell
import LineEditing
import Supervision
import Testing

@testable import Shell

/// Random and mutated command lines: whatever is typed gets an answer, and nothing crashes.
///
/// `FUZZ_LINES=100000 swift test --filter FuzzTests` tries that many; a failing run prints its seed.
@Suite struct FuzzTests {
  private static let count =
    ProcessInfo.processInfo.environment["FUZZ_LINES"].flatMap(Int.init) ?? 3000
  private static let table = CommandTable.all(of: KVApplication())

  /// What people type, to be mutated.
  private static let corpus: [String] =
    TranscriptTests.names.flatMap { name -> [String] in
      let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      let file = folder.appendingPathComponent("Transcripts/\(name)")
      return (try? String(contentsOf: file, encoding: .utf8)).map(TranscriptTests.commands) ?? []
    } + table.commands.flatMap { $0.examples.map(\.text) }

  private static let pieces: [String] =
    table.names
    + [
      "'", "\"", "\\", ";", "#", "$", "${", "}", "$b", "--", "--last", "--of", "--timeout", "=",
      "==",
      "~", "!~", "<0.5.0>", "#PID<0.5.0>", "<0.99999999999999999999.0>", "bucket", "registry",
      "self",
      "0", "-1", "9223372036854775808", "1s", "0ms", "999999999m", "1e9", "ü", "漢字", "\u{1b}[2J",
      "\u{202e}", "\r", "\t", " ", "\u{0}", "(", "[", "*", "of", "on", "",
      String(repeating: "x", count: 5000),
    ]

  /// Words that may go on for long, by design. They have tests of their own.
  private static let endless: Set<String> = [
    "watch", "chaos", "flood", "repeat", "source", "--follow", "tour", "quit", "exit",
  ]

  private static func line(_ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = Array((corpus.randomElement(using: &generator) ?? "").utf8)
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      let place = Int.random(in: 0...bytes.count, using: &generator)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0 where !bytes.isEmpty: bytes.remove(at: min(place, bytes.count - 1))
      case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
      case 2 where !bytes.isEmpty:
        bytes[min(place, bytes.count - 1)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 3: bytes = Array(bytes[place...] + bytes[..<place])
      default:
        let piece = pieces.randomElement(using: &generator) ?? ""
        bytes.insert(contentsOf: Array((" " + piece + " ").utf8), at: place)
      }
    }
    // One line each, so that lines and answers can be counted.
    return bytes.filter { $0 != 0x0A }
  }

  @Test func `the parser takes anything, and what it makes of it can be typed again`() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<Self.count * 10 {
      let bytes = Self.line(&generator)
      let text = String(decoding: bytes, as: UTF8.self)
      _ = PartialLine(text)
      _ = Lexer.isUnfinished(text)
      guard let commands = try? Lexer.lex(bytes) else { continue }
      for command in commands {
        let words = command.words.map(\.text)
        let again = try Lexer.lex(words.map(Lexer.quote).joined(separator: " "))
        #expect(again.flatMap { $0.words.map(\.text) } == words, "\(text.debugDescription)")
        _ = try? Variables().expand(command.words)
        _ = try? Self.table.call(words)
      }
    }
  }

  @Test func `the program answers every line, and tells each failure in a sentence`() throws {
    var generator = SeededGenerator(seed: 2)
    // Many short lives, so that a session that has stopped early says nothing of the others.
    for seed in 0..<UInt64(max(1, Self.count / 100)) {
      var script: [UInt8] = []
      var lines = 0
      while lines < 100 {
        let line = Self.line(&generator)
        let words = (try? Lexer.lex(line)).map { $0.flatMap { $0.words.map(\.text) } } ?? []
        guard Self.endless.isDisjoint(with: words), line.count < 20_000 else { continue }
        script += line + [0x0A]
        lines += 1
      }
      // Whatever state that left: it goes on.
      script += Array("echo the end\n".utf8)
      let sink = MemorySink()
      _ = SimulatedScript(
        input: script, options: .init(), keepsGoing: true, echoes: false
      ) { KVApplication() }.run(seed: seed, sink: sink)
      #expect(sink.outputText.contains("the end\n"), "seed \(seed): \(sink.text.suffix(500))")
      for error in sink.errorText.split(separator: "\n") {
        #expect(error.hasPrefix("error: line "), "seed \(seed): \(error)")
        #expect(
          !error.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F },
          "\(error.debugDescription)")
      }
    }
  }

  @Test func `completion takes anything at any cursor`() throws {
    try Simulation(seed: 1).run { runtime in
      let application = KVApplication()
      let printer = Printer(
        sink: MemorySink(), options: .init(), runtime: runtime, application: application)
      let session = Session(
        runtime: runtime, application: application, printer: printer, seed: 1)
      try await session.start()
      var generator = SeededGenerator(seed: 3)
      let completer = Completer(session: session)
      for _ in 0..<Self.count / 3 {
        let text = String(decoding: Self.line(&generator), as: UTF8.self)
        let cursor = Int.random(in: 0...text.count, using: &generator)
        for completion in completer.complete(text, cursor) {
          #expect(completion.start >= 0 && completion.start <= cursor)
        }
      }
    }
  }
}
