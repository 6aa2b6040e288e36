#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A program could not be run to be measured.
struct ProgramError: Error, CustomStringConvertible {
  let description: String
}

/// Another program, started to be measured.
struct Program {
  let path: String

  /// The program of this name in the folder of the running one; nil when there is none.
  static func sibling(_ name: String) -> Program? {
    guard let me = realpath(CommandLine.arguments[0], nil) ?? realpath("/proc/self/exe", nil) else {
      return nil
    }
    defer { free(me) }
    let folder = String(cString: me).split(separator: "/").dropLast().joined(separator: "/")
    let path = "/\(folder)/\(name)"
    return access(path, X_OK) == 0 ? Program(path: path) : nil
  }

  /// Runs it with a file as standard input and nowhere to print, to its end.
  ///
  /// - Returns: The processor time it took, in nanoseconds.
  func run(input: String) throws -> Int {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    let child = try spawn(&actions)
    var (status, usage) = (Int32(0), rusage())
    wait4(child, &status, 0, &usage)
    guard status == 0 else {
      throw ProgramError(description: "\(path) ended with status \((status >> 8) & 0xff)")
    }
    return nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime)
  }

  /// Runs it at a pseudo-terminal until it has printed `text`, calls `then`, and ends it.
  func runAtTerminal(untilOutput text: String, then: () -> Void) throws {
    var (master, slave) = (Int32(-1), Int32(-1))
    var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&master, &slave, nil, nil, &size) == 0 else {
      throw ProgramError(description: "the system has no pseudo-terminal left")
    }
    defer { close(master) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in Int32(0)...2 {
      posix_spawn_file_actions_adddup2(&actions, slave, descriptor)
    }
    posix_spawn_file_actions_addclose(&actions, master)
    let child = try spawn(&actions)
    close(slave)
    defer {
      kill(child, SIGKILL)
      waitpid(child, nil, 0)
    }
    let wanted = Array(text.utf8)
    var seen: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !seen.contains(wanted) {
      var news = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&news, 1, 10_000) > 0 else {
        throw ProgramError(description: "\(path) has not printed '\(text)' in ten seconds")
      }
      let count = read(master, &buffer, buffer.count)
      guard count > 0 else {
        throw ProgramError(description: "\(path) ended before it printed '\(text)'")
      }
      seen += buffer[..<count]
    }
    then()
  }

  private func spawn(_ actions: inout posix_spawn_file_actions_t) throws -> pid_t {
    var child = pid_t()
    let arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
    defer { for argument in arguments { free(argument) } }
    let code = posix_spawn(&child, path, &actions, nil, arguments, environ)
    guard code == 0 else {
      throw ProgramError(
        description: "\(path) cannot be started: \(String(cString: strerror(code)))")
    }
    return child
  }

  private func nanoseconds(_ time: timeval) -> Int {
    Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_usec) * 1000
  }
}

/// A file for another program to read.
struct TemporaryFile {
  let path: String

  init(_ text: String) throws {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/benchmarks-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard descriptor >= 0 else { throw ProgramError(description: "no temporary file in \(folder)") }
    defer { close(descriptor) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw ProgramError(description: "\(path) cannot be written") }
      rest = rest.dropFirst(count)
    }
  }

  func remove() { unlink(path) }
}
