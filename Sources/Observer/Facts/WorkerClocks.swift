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
