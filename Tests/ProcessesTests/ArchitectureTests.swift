import Foundation
import Testing

/// The floors of the house, as docs/architecture.md names them: who may import whom.
@Suite struct ArchitectureTests {
  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")

  /// The modules that the files of a target import, but for one file.
  private func imports(of target: String, without exception: String? = nil) throws -> Set<String> {
    let folder = Self.sources.appendingPathComponent(target)
    let files = try #require(FileManager.default.enumerator(atPath: folder.path))
    var modules: Set<String> = []
    for case let file as String in files where file.hasSuffix(".swift") && file != exception {
      let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        if let place = words.firstIndex(of: "import"), place <= 2, words.count == place + 2 {
          modules.insert(String(words[place + 1]))
        }
      }
    }
    return modules
  }

  private static let targets = [
    "Processes", "Supervision", "SupervisionTesting", "KV", "Views", "Observer", "LineEditing",
    "Shell", "KVShell", "KVCommand", "PlainHTTP",
  ]

  @Test(arguments: targets) func `nothing imports full Foundation`(_ target: String) throws {
    #expect(try !imports(of: target).contains("Foundation"))
  }

  @Test func `processes rest on the standard library and the platform shim alone`() throws {
    let modules = try imports(of: "Processes", without: "Calls/Suspension.swift")
    #expect(modules == ["CPlatform", "Synchronization"])
  }

  /// What is no public interface is in one place, with a way around it.
  @Test func `one file alone looks below the standard library, and can do without`() throws {
    #expect(try imports(of: "Processes") == ["Builtin", "CPlatform", "Synchronization"])
    let file = Self.sources.appendingPathComponent("Processes/Calls/Suspension.swift")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains("#if hasFeature(BuiltinModule)") && text.contains("#else"))
  }

  @Test func `a client of the observer's knows nothing of it`() throws {
    #expect(try imports(of: "PlainHTTP").isSubset(of: ["Glibc", "Musl", "Darwin"]))
  }

  @Test func `supervision and the application know nothing of the shell`() throws {
    for target in ["Supervision", "KV"] {
      let above: Set<String> = ["Shell", "KVShell", "LineEditing", "CLibedit", "ArgumentParser"]
      #expect(try imports(of: target).isDisjoint(with: above))
    }
  }

  @Test(arguments: targets) func `only line editing imports libedit`(_ target: String) throws {
    if target == "LineEditing" { return }
    #expect(try !imports(of: target).contains("CLibedit"))
  }

  @Test(arguments: targets)
  func `only the observer imports NIO, and it knows neither shell nor application`(
    _ target: String
  ) throws {
    let imports = try imports(of: target)
    if target == "Observer" {
      #expect(imports.isDisjoint(with: ["KV", "Shell", "KVShell", "LineEditing"]))
    } else {
      #expect(imports.isDisjoint(with: ["NIOCore", "NIOPosix", "NIOHTTP1", "ServiceLifecycle"]))
    }
    if target == "Shell" { #expect(!imports.contains("Observer")) }
  }

  @Test(arguments: targets) func `no product code imports the testing helpers`(
    _ target: String
  ) throws {
    #expect(try !imports(of: target).contains("SupervisionTesting"))
  }
}
