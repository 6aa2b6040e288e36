internal import CPlatform

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Times a piece of work and prints a line of JSON about it.
struct Meter: Sendable {
  /// Runs `body` and prints how long `ops` operations took: wall time and processor time of the whole
  /// program, in nanoseconds.
  func time(_ name: String, ops: Int, _ body: () async throws -> Void) async rethrows {
    let (wall, cpu) = (Self.wallNanoseconds, Self.cpuNanoseconds)
    try await body()
    report(
      name, ops: ops, wall: Self.wallNanoseconds - wall, cpu: Self.cpuNanoseconds - cpu)
  }

  func report(_ name: String, ops: Int, wall: Int, cpu: Int) {
    let perSecond = Int((Double(ops) * 1e9 / Double(max(wall, 1))).rounded())
    Self.emit(
      #"{"bench":"\#(name)","ops":\#(ops),"ns":\#(wall),"ops_per_s":\#(perSecond),"cpu_ns":\#(cpu)}"#
    )
  }

  func report(_ name: String, ops: Int, bytesEach: Int, rssEach: Int) {
    Self.emit(
      #"{"bench":"\#(name)","ops":\#(ops),"bytes_each":\#(bytesEach),"rss_each":\#(rssEach)}"#)
  }

  /// Says why there is no figure; on standard error, so that the lines stay JSON.
  func skip(_ name: String, _ reason: String) {
    let line = Array("\(name): skipped: \(reason)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }

  static func emit(_ line: String) {
    print(line)
    fflush(nil)
  }

  static var wallNanoseconds: Int { read(CLOCK_MONOTONIC) }
  static var cpuNanoseconds: Int { read(CLOCK_PROCESS_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}

/// How much memory the program has now.
enum Memory {
  /// Bytes that are allocated and not freed; 0 where the system doesn't say.
  static var allocated: Int { Int(cplatform_allocated_bytes()) }

  /// Bytes of physical memory; 0 where the system doesn't say.
  static var resident: Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
  }
}
