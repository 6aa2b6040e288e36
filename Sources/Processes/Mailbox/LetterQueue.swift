/// A first-in, first-out queue from which an entry in the middle can be taken.
///
/// Two arrays' worth of indices over one buffer: `removeFirst` moves a head index and gives the
/// buffer back when it is half empty, so each letter is moved at most once on average.
struct LetterQueue {
  private var letters: [Letter?] = []
  private var head = 0

  var count: Int { letters.count - head }
  var isEmpty: Bool { head == letters.count }

  mutating func append(_ letter: Letter) {
    letters.append(letter)
  }

  mutating func append(contentsOf inbox: [Letter]) {
    letters.append(contentsOf: inbox.lazy.map(Optional.some))
  }

  subscript(offset: Int) -> Letter {
    guard let letter = letters[head + offset] else {
      preconditionFailure("a letter behind the head is never empty")
    }
    return letter
  }

  mutating func popFirst() -> Letter? {
    guard head < letters.count else { return nil }
    let letter = letters[head]
    letters[head] = nil
    head += 1
    compact()
    return letter
  }

  /// Takes the letter at `offset` out; the others keep their order. O(count) unless it is the first.
  mutating func remove(at offset: Int) {
    if offset == 0 {
      _ = popFirst()
    } else {
      letters.remove(at: head + offset)
    }
  }

  mutating func removeAll(where shouldRemove: (Letter) -> Bool) {
    letters.removeFirst(head)
    head = 0
    letters.removeAll { $0.map(shouldRemove) ?? true }
  }

  private mutating func compact() {
    if head == letters.count {
      letters.removeAll(keepingCapacity: letters.capacity <= 64)
      head = 0
    } else if head >= 32, head * 2 >= letters.count {
      letters.removeFirst(head)
      head = 0
    }
  }
}
