#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file of commands.
enum SourceFile {
  /// - Throws: `input`, with what the system says.
  static func read(_ path: String) throws(CommandError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    do {
      return try LineReader.allBytes(of: descriptor)
    } catch {
      throw CommandError("input", "\(path.shown): \(error.description)")
    }
  }

  /// The entries of a folder that go on with `prefix`, folders with a slash behind; for completion.
  static func completions(of prefix: String) -> [String] {
    let cut = prefix.lastIndex(of: "/").map { prefix.index(after: $0) } ?? prefix.startIndex
    let (folder, beginning) = (String(prefix[..<cut]), prefix[cut...])
    guard let directory = opendir(folder.isEmpty ? "." : folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        // The system ends the name with a NUL within the field.
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasPrefix(beginning), name != ".", name != "..",
        !name.hasPrefix(".") || beginning.hasPrefix(".")
      else { continue }
      let path = folder + name
      var status = stat()
      let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      names.append(isFolder ? path + "/" : path)
    }
    return names.sorted()
  }

  private static func failure(_ path: String, _ code: CInt) -> CommandError {
    CommandError(
      "input",
      "\(path.shown) can't be read: \(String(cString: strerror(code))). Name a file of commands.")
  }
}
