import Foundation
import KVShell
import Testing

@testable import Shell

@Suite struct HelpTests {
  private static let table = CommandTable.all(of: KVApplication())
  static let commands = table.names

  @Test func `words of other shells lead to commands, and are none`() throws {
    for (word, command) in OtherShells.words {
      #expect(Self.table[word] == nil, "\(word)")
      let name = String(command.prefix { $0 != " " })
      #expect(Self.table[name] != nil, "\(command)")
      #expect(OtherShells.hint(for: word, in: Self.table) == "here that is `\(command)`. ")
    }
  }

  @Test func `no two commands share a name, and each has an example and a summary`() {
    #expect(Set(Self.commands).count == Self.commands.count)
    for command in Self.table.commands {
      #expect(!command.examples.isEmpty, "\(command.name)")
      #expect(!command.summary.isEmpty, "\(command.name)")
    }
  }

  @Test(arguments: commands) func `every example of a command can be typed and succeeds`(
    _ name: String
  ) throws {
    let folder = FileManager.default.temporaryDirectory.path
    let file = "\(folder)/kv-\(UUID().uuidString).kv"
    try "create from-a-file\n".write(toFile: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    for example in try Self.table.command(name).examples {
      let text = example.text.replacingOccurrences(of: "setup.kv", with: file)
      let run = Simulated(example.setup + "\n" + text, keepsGoing: false)
      #expect(run.succeeded, "\(example.text): \(run.errors)")
    }
  }

  @Test(arguments: commands) func `help tells what a command takes, whatever the width`(
    _ name: String
  ) throws {
    let command = try Self.table.command(name)
    let text = HelpText(table: Self.table, width: 40).describe(command)
    #expect(text.hasPrefix(command.synopsis))
    for option in command.options { #expect(text.contains("--\(option.name)")) }
    // Broken between words, and what goes on below stands further to the right than an example.
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for example in command.examples { #expect(words.contains(example.text)) }
    let examples = text.split(separator: "\n").drop { !$0.hasPrefix("Example") }.dropFirst()
    #expect(examples.count { !$0.hasPrefix("      ") } == command.examples.count)
    for line in examples { #expect(String(line).displayWidth <= 40) }
  }

  @Test func `the list names every command, and no line of prose is wider than the terminal`() {
    for width in [40, 80, 100] {
      let text = HelpText(table: Self.table, width: width).list()
      for name in Self.commands { #expect(text.contains("  \(name)"), "\(name)") }
      for line in text.split(separator: "\n") where !line.contains("|") {
        #expect(String(line).displayWidth <= width, "\(line)")
      }
    }
  }

  @Test func `the manual page has every command and every option, and no stray orders`() {
    let page = ManualPage(
      application: KVApplication(), purpose: "a store", usage: "kv", options: ".odd 'quotes' \\"
    ).text
    for command in Self.table.commands {
      #expect(page.contains(".B \(ManualPage.escaped(command.synopsis))"))
      for option in command.options { #expect(page.contains(ManualPage.escaped(option.synopsis))) }
    }
    let orders: Set<String> = [
      ".TH", ".SH", ".SS", ".TP", ".B", ".br", ".nf", ".fi", ".IP", ".PP", ".RS", ".RE",
    ]
    for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
      #expect(orders.contains(String(line.prefix { $0 != " " })), "\(line)")
    }
    #expect(page.contains("\\&.odd"))
  }
}
