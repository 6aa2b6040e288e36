import Foundation

/// The program as tests run it.
enum Program {
  struct Outcome {
    var output: String
    var errors: String
    var status: Int32
  }

  /// Beside the test bundle, where the build leaves it.
  static var url: URL {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<6 {
      let candidate = folder.appendingPathComponent("kv")
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder.deleteLastPathComponent()
    }
    // Beside the sources: .build/debug.
    return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent(".build/debug/kv")
  }

  /// Runs `kv` with `input` as its standard input.
  static func run(_ arguments: [String], input: Data = Data()) throws -> Outcome {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = stderr
    try process.run()
    // Written on a thread of its own: both ends could wait for each other otherwise.
    let writer = stdin.fileHandleForWriting
    Thread {
      try? writer.write(contentsOf: input); try? writer.close()
    }.start()
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    let errors = stderr.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      output: String(decoding: output, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self), status: process.terminationStatus)
  }

  static func run(_ arguments: [String], input: String) throws -> Outcome {
    try run(arguments, input: Data(input.utf8))
  }
}
