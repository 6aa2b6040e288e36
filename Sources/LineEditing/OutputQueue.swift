/// Texts that wait to be printed, at most so many.
///
/// When it is full, new texts are dropped and counted, so that a storm of events can't fill the
/// memory while nobody prints; what was dropped is said in its place.
///
/// ```swift
/// var queue = OutputQueue(limit: 2)
/// for text in ["a\n", "b\n", "c\n"] { queue.append(text) }
/// queue.take(10)  // ["a\n", "b\n", "1 line dropped\n"]
/// ```
///
/// Invariants:
/// 1. Texts come out in the order in which they went in.
/// 2. `dropped` counts lines that belong behind everything queued.
/// 3. `entries[..<head]` is taken already.
struct OutputQueue {
  private let limit: Int
  private var entries: [String] = []
  private var head = 0
  private var dropped = 0

  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { head == entries.count && dropped == 0 }

  /// - Parameter text: Whole lines, each with its newline.
  mutating func append(_ text: String) {
    guard entries.count - head < limit else {
      dropped += text.utf8.count { $0 == 0x0A }
      return
    }
    if dropped > 0 {
      // Room again: what follows must not overtake the note about what is missing.
      entries.append(note)
      dropped = 0
    }
    entries.append(text)
  }

  /// The next texts, at most `count`, and behind the last of all a note about what was dropped.
  mutating func take(_ count: Int) -> [String] {
    let end = min(head + count, entries.count)
    var taken = Array(entries[head..<end])
    head = end
    if head == entries.count {
      entries.removeAll(keepingCapacity: entries.count < 1024)
      head = 0
      if dropped > 0 { taken.append(note) }
      dropped = 0
    } else if head > limit {
      entries.removeFirst(head)
      head = 0
    }
    return taken
  }

  private var note: String { "\(dropped) line\(dropped == 1 ? "" : "s") dropped\n" }
}
