internal import Processes

/// The entries of a registry, by key and by process. A value: no process is touched here.
///
/// Adding, changing and removing an entry takes a search among a million others under the same key, no walk
/// past them.
///
/// Invariants:
/// 1. Numbers count up, so the entries under a key lie in their order.
/// 2. Every entry under a key is known of its process, and the other way round.
struct RegistryTable<Key: Hashable & Sendable, Value: Sendable> {
  struct Entry {
    let pid: PID
    var value: Value
    /// The registry's process when the entry was made.
    let owner: PID
    /// The place in the order of registering.
    let number: UInt64
    /// Removed, and about to be swept.
    fileprivate(set) var isGone = false
  }

  private var byKey: [Key: EntryList] = [:]
  private var byProcess: [PID: KeyNumbers] = [:]
  private var lastNumber: UInt64 = 0

  /// How many entries were moved to sweep those that were removed.
  var moves: Int { byKey.values.reduce(0) { $0 + $1.moves } }

  mutating func insert(_ key: Key, _ value: Value, _ pid: PID, owner: PID) {
    lastNumber += 1
    byKey[key, default: EntryList()].append(
      Entry(pid: pid, value: value, owner: owner, number: lastNumber))
    byProcess[pid, default: .none].insert(lastNumber, key)
  }

  /// Those under a key, in the order of registering.
  func entries(_ key: Key) -> [Entry] { byKey[key]?.living ?? [] }

  /// The oldest entry of a process under a key.
  func entry(_ key: Key, of pid: PID) -> Entry? {
    byProcess[pid]?.numbers(key).first.flatMap { byKey[key]?[$0] }
  }

  func entries(of pid: PID) -> [(key: Key, entry: Entry)] {
    (byProcess[pid]?.all ?? []).flatMap { key, numbers in
      numbers.compactMap { number in byKey[key]?[number].map { (key, $0) } }
    }.sorted { $0.1.number < $1.1.number }
  }

  var all: [(key: Key, entry: Entry)] {
    byKey.flatMap { key, list in list.living.map { (key, $0) } }
      .sorted { $0.1.number < $1.1.number }
  }

  /// Replaces the value of one entry, if it is still there.
  mutating func update(_ key: Key, _ number: UInt64, to value: Value) {
    byKey[key]?.update(number, to: value)
  }

  mutating func remove(_ key: Key, _ pid: PID) {
    remove(byProcess[pid]?.remove(key) ?? [], from: key)
    if byProcess[pid]?.isEmpty == true { byProcess[pid] = nil }
  }

  /// Takes the newest entry of a process under a key away; false when there is none.
  mutating func removeLast(_ key: Key, _ pid: PID) -> Bool {
    guard let number = byProcess[pid]?.removeLast(key) else { return false }
    if byProcess[pid]?.isEmpty == true { byProcess[pid] = nil }
    remove([number], from: key)
    return true
  }

  mutating func remove(_ pid: PID) {
    for (key, numbers) in byProcess.removeValue(forKey: pid)?.all ?? [] {
      remove(numbers, from: key)
    }
  }

  private mutating func remove(_ numbers: [UInt64], from key: Key) {
    for number in numbers { byKey[key]?.remove(number) }
    if byKey[key]?.isEmpty == true { byKey[key] = nil }
  }
}

// MARK: Under one key

extension RegistryTable {
  /// The entries under a key, in their order. Removed ones stay until they are the greater part.
  private struct EntryList {
    private var entries: [Entry] = []
    private var goneCount = 0
    private(set) var moves = 0

    var isEmpty: Bool { entries.count == goneCount }

    /// - Complexity: O(1) while nothing is gone.
    var living: [Entry] { goneCount == 0 ? entries : entries.filter { !$0.isGone } }

    subscript(number: UInt64) -> Entry? { index(of: number).map { entries[$0] } }

    mutating func append(_ entry: Entry) { entries.append(entry) }

    mutating func update(_ number: UInt64, to value: Value) {
      if let index = index(of: number) { entries[index].value = value }
    }

    mutating func remove(_ number: UInt64) {
      guard let index = index(of: number) else { return }
      entries[index].isGone = true
      goneCount += 1
      guard goneCount > entries.count / 2 else { return }
      entries.removeAll(where: \.isGone)
      goneCount = 0
      moves += entries.count
    }

    /// By halves: they lie in the order of their numbers.
    private func index(of number: UInt64) -> Int? {
      var (low, high) = (0, entries.count)
      while low < high {
        let middle = (low + high) / 2
        if entries[middle].number < number { low = middle + 1 } else { high = middle }
      }
      guard low < entries.count, entries[low].number == number, !entries[low].isGone else {
        return nil
      }
      return low
    }
  }

  /// The numbers of a process's entries, by key. Most processes have one key.
  private enum KeyNumbers {
    case none
    case one(Key, [UInt64])
    case many([Key: [UInt64]])

    var isEmpty: Bool { if case .none = self { true } else { false } }

    var all: [(key: Key, numbers: [UInt64])] {
      switch self {
      case .none: []
      case .one(let key, let numbers): [(key, numbers)]
      case .many(let numbers): numbers.map { ($0.key, $0.value) }
      }
    }

    func numbers(_ key: Key) -> [UInt64] {
      switch self {
      case .none: []
      case .one(let only, let numbers): only == key ? numbers : []
      case .many(let numbers): numbers[key] ?? []
      }
    }

    mutating func insert(_ number: UInt64, _ key: Key) {
      change(key) { $0.append(number) }
    }

    mutating func removeLast(_ key: Key) -> UInt64? {
      change(key) { $0.popLast() }
    }

    mutating func remove(_ key: Key) -> [UInt64] {
      change(key) { numbers in
        defer { numbers = [] }
        return numbers
      }
    }

    /// Lets `body` change the numbers under a key, in place.
    private mutating func change<Result>(
      _ key: Key, _ body: (inout [UInt64]) -> Result
    ) -> Result {
      // Taken out while it is changed, so that nothing is copied.
      let old = self
      self = .none
      switch old {
      case .none:
        var numbers: [UInt64] = []
        defer { if !numbers.isEmpty { self = .one(key, numbers) } }
        return body(&numbers)
      case .one(let only, var numbers) where only == key:
        defer { if !numbers.isEmpty { self = .one(key, numbers) } }
        return body(&numbers)
      case .one(let other, let numbers):
        self = .many([other: numbers])
        return change(key, body)
      case .many(var all):
        defer { if !all.isEmpty { self = .many(all) } }
        var numbers = all.removeValue(forKey: key) ?? []
        defer { if !numbers.isEmpty { all[key] = numbers } }
        return body(&numbers)
      }
    }
  }
}
