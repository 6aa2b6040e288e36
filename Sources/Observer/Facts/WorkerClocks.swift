#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much time of a processor the runtime's threads have had, as the system counts it; empty where it doesn't tell.
///
/// Read from outside, so that workers need no clock of their own.
enum WorkerClocks {
  struct Clock: Equatable {
    let name: String
    let seconds: Double
  }

  /// One for each worker thread of this program, by name.
  static func read() -> [Clock] {
    guard let folder = opendir("/proc/self/task") else { return [] }
    defer { closedir(folder) }
    var clocks: [Clock] = []
    while let entry = readdir(folder) {
      let task = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard task.first?.isNumber == true,
        let stat = SystemFile.read("/proc/self/task/\(task)/stat"),
        let clock = parse(stat)
      else { continue }
      clocks.append(clock)
    }
    return clocks.sorted { ($0.name.count, $0.name) < ($1.name.count, $1.name) }
  }

  /// A line of the system's: `4711 (worker-1) S …`, in which the 14th and 15th fields are ticks in user and system mode.
  static func parse(_ stat: String) -> Clock? {
    guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close
    else { return nil }
    let name = stat[stat.index(after: open)..<close]
    guard name.hasPrefix("worker-") else { return nil }
    let fields = stat[stat.index(after: close)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
    else { return nil }
    return Clock(name: String(name), seconds: (user + system) / ticks)
  }

  private static let ticks = max(1, Double(sysconf(Int32(_SC_CLK_TCK))))
}

/// The program's memory, as the system counts it.
enum SystemFile {
  /// Resident memory in bytes; nil where the system doesn't tell in this way.
  static var residentBytes: Int? {
    guard let fields = read("/proc/self/statm")?.split(separator: " "), fields.count > 1,
      let pages = Int(fields[1])
    else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// A small file of the system's.
  static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { unsafeRead(descriptor, $0) }
    return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
  }

  private static func unsafeRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int
  {
    #if canImport(Darwin)
      Darwin.read(descriptor, bytes.baseAddress, bytes.count)
    #elseif canImport(Musl)
      Musl.read(descriptor, bytes.baseAddress, bytes.count)
    #else
      Glibc.read(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }
}
