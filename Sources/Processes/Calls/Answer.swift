/// The value that a wait ended with, of any type: in four words of its own, or, if it is larger, in a letter's node.
///
/// Most answers are small, and would need memory for the moment between the answer and its use.
///
/// Unsafe code. Its argument: `kind` says what lies in the words; `fill` is called once, on an empty answer, and `take` or
/// `drop` empty it.
@usableFromInline
struct Answer: ~Copyable {
  /// The type's address, plus one if the value lies in a node; 0 for none.
  @usableFromInline var kind: UInt = 0
  @usableFromInline var words: (UInt, UInt, UInt, UInt) = (0, 0, 0, 0)

  @usableFromInline
  init() {}

  @usableFromInline
  var isEmpty: Bool { kind == 0 }

  @inlinable
  static func hasRoom<Value>(for type: Value.Type) -> Bool {
    MemoryLayout<Value>.size <= MemoryLayout<(UInt, UInt, UInt, UInt)>.size
      && MemoryLayout<Value>.alignment <= MemoryLayout<UInt>.alignment
  }

  @inlinable
  mutating func fill<Value: Sendable>(with value: consuming Value) {
    assert(isEmpty, "two answers to one call")
    let address = LetterNode.address(of: Value.self)
    if Self.hasRoom(for: Value.self) {
      // What a closure uses cannot be consumed there.
      var given = Optional(value)
      withUnsafeMutableBytes(of: &words) { words in
        _ = words.baseAddress.unsafelyUnwrapped.initializeMemory(
          as: Value.self, to: given.take().unsafelyUnwrapped)
      }
      kind = address
    } else {
      words.0 = UInt(bitPattern: LetterNode(value, cause: nil).base)
      kind = address | 1
    }
  }

  /// Takes the value out, which has to be of this type.
  @inlinable
  mutating func take<Value: Sendable>(_ type: Value.Type) -> Value {
    assert(kind & ~1 == LetterNode.address(of: Value.self), "an answer of another type")
    kind = 0
    if Self.hasRoom(for: Value.self) {
      return withUnsafeMutableBytes(of: &words) { words in
        words.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Value.self).move()
      }
    }
    return LetterNode(base: UnsafeMutableRawPointer(bitPattern: words.0).unsafelyUnwrapped)
      .take(Value.self)
  }

  /// Drops the value, if there is one.
  mutating func drop() {
    guard !isEmpty else { return }
    func takeOut<Value: Sendable>(_ type: Value.Type, of answer: inout Answer) {
      _ = answer.take(type)
    }
    takeOut(unsafeBitCast(kind & ~1, to: (any Sendable.Type).self), of: &self)
  }
}
