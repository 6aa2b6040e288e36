internal import Processes

/// The entries of a registry, by key and by process. A value: no process is touched here.
struct RegistryTable<Key: Hashable & Sendable, Value: Sendable> {
  struct Entry {
    let pid: PID
    var value: Value
    /// The registry's process when the entry was made.
    let owner: PID
    /// The place in the order of registering.
    let number: UInt64
  }

  private var byKey: [Key: [Entry]] = [:]
  /// Under which keys a process stands.
  private var byProcess: [PID: Set<Key>] = [:]
  private var lastNumber: UInt64 = 0

  mutating func insert(_ key: Key, _ value: Value, _ pid: PID, owner: PID) {
    lastNumber += 1
    byKey[key, default: []].append(
      Entry(pid: pid, value: value, owner: owner, number: lastNumber))
    byProcess[pid, default: []].insert(key)
  }

  func entries(_ key: Key) -> [Entry] { byKey[key] ?? [] }

  func entries(of pid: PID) -> [(key: Key, entry: Entry)] {
    (byProcess[pid] ?? []).flatMap { key in
      entries(key).filter { $0.pid == pid }.map { (key, $0) }
    }.sorted { $0.1.number < $1.1.number }
  }

  var all: [(key: Key, entry: Entry)] {
    byKey.flatMap { key, entries in entries.map { (key, $0) } }
      .sorted { $0.1.number < $1.1.number }
  }

  /// Replaces the value of one entry, if it is still there.
  mutating func update(_ key: Key, _ number: UInt64, to value: Value) {
    guard let index = byKey[key]?.firstIndex(where: { $0.number == number }) else { return }
    byKey[key]?[index].value = value
  }

  mutating func remove(_ key: Key, _ pid: PID) {
    byKey[key]?.removeAll { $0.pid == pid }
    if byKey[key]?.isEmpty == true { byKey[key] = nil }
    byProcess[pid]?.remove(key)
    if byProcess[pid]?.isEmpty == true { byProcess[pid] = nil }
  }

  /// Takes the newest entry of a process under a key away; false when there is none.
  mutating func removeLast(_ key: Key, _ pid: PID) -> Bool {
    guard let index = byKey[key]?.lastIndex(where: { $0.pid == pid }) else { return false }
    byKey[key]?.remove(at: index)
    if byKey[key]?.contains(where: { $0.pid == pid }) != true { remove(key, pid) }
    return true
  }

  mutating func remove(_ pid: PID) {
    for key in byProcess[pid] ?? [] { remove(key, pid) }
  }
}
