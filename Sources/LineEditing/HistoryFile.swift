#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A file of entered lines, oldest first, one entry a line.
///
/// Each entry is appended as soon as it is entered, so several shells can share the file and a crash
/// loses nothing. An entry's own newlines are escaped (`\n`, and a backslash as `\\`). The file is
/// readable by its owner only, since people type secrets. A file that can't be read or written is
/// no error: history is a convenience, and the shell works without.
public struct HistoryFile: Sendable {
  let path: String

  /// The customary place for a program's history: `$XDG_STATE_HOME/<program>/history`, or
  /// `~/.local/state/<program>/history` when that variable is not set to an absolute path.
  ///
  /// Missing folders are created for the owner only (mode 0700).
  ///
  /// - Returns: `nil` when there is no home folder or the folders can't be created.
  /// - Note: Follows the XDG Base Directory Specification, version 0.8.
  public static func defaultPath(program: String) -> String? {
    defaultPath(program: program) { name in getenv(name).map { String(cString: $0) } }
  }

  static func defaultPath(program: String, variable: (String) -> String?) -> String? {
    var folder: String
    if let state = variable("XDG_STATE_HOME"), state.hasPrefix("/") {
      folder = state
    } else if let home = variable("HOME"), home.hasPrefix("/") {
      folder = home + "/.local/state"
    } else {
      return nil
    }
    folder += "/" + program
    return makeFolder(folder) ? folder + "/history" : nil
  }

  private static func makeFolder(_ path: String) -> Bool {
    var partial = ""
    for part in path.split(separator: "/") {
      partial += "/" + part
      if mkdir(partial, 0o700) != 0, errno != EEXIST {
        // A folder on the way may exist and yet not be ours to create (EROFS, EACCES).
        if access(partial, F_OK) != 0 { return false }
      }
    }
    return true
  }

  // MARK: Reading and writing

  /// The newest `limit` entries, oldest first.
  ///
  /// A file that has grown to more than twice the limit is shortened on this occasion.
  func load(limit: Int) -> [String] {
    guard let bytes = read() else { return [] }
    let lines = bytes.split(separator: 0x0A)
    let entries = lines.suffix(max(limit, 0)).map {
      Self.unescape(String(decoding: $0, as: UTF8.self))
    }
    if lines.count > max(limit, 1) * 2 { replace(with: entries) }
    return entries.filter { !$0.isEmpty }
  }

  /// Adds an entry with one write, so that two shells can't mix theirs.
  func append(_ entry: String) {
    let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    defer { _ = close(file) }
    Descriptor(file).writeAll(Array((Self.escape(entry) + "\n").utf8))
  }

  private func read() -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { _ = close(file) }
    return Descriptor(file).readAll()
  }

  /// Writes a new file and moves it into place, so that no reader sees half of one. An entry that
  /// another shell appends in between is lost; that is rarer than it is bad.
  private func replace(with entries: [String]) {
    let new = path + ".new"
    let file = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    let text = entries.map { Self.escape($0) + "\n" }.joined()
    let isComplete = Descriptor(file).writeAll(Array(text.utf8))
    _ = close(file)
    if !isComplete || rename(new, path) != 0 { unlink(new) }
  }

  // MARK: Escaping

  static func escape(_ entry: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in entry.unicodeScalars {
      switch scalar {
      case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// Undoes `escape`. A backslash before anything else stays, so a file written by hand reads as it
  /// looks.
  static func unescape(_ line: String) -> String {
    var result = String.UnicodeScalarView()
    var scalars = line.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "\\" else {
        result.append(scalar)
        continue
      }
      switch scalars.next() {
      case "\\": result.append("\\")
      case "n": result.append("\n")
      case "r": result.append("\r")
      case let other:
        result.append("\\")
        if let other { result.append(other) }
      }
    }
    return String(result)
  }
}
