import Synchronization
import Testing

@testable import Processes

/// What a wait ended with, in words of its own or apart.
@Suite struct AnswerTests {
  private final class Counted: Sendable {
    private let alive: Counter
    init(_ alive: Counter) {
      self.alive = alive
      alive.count.add(1, ordering: .relaxed)
    }
    deinit { alive.count.subtract(1, ordering: .relaxed) }
  }

  private final class Counter: Sendable {
    let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
  }

  private struct Large<Value: Sendable & Equatable>: Sendable, Equatable {
    var words: (Int, Int, Int, Int)
    var value: Value

    init(_ number: Int, _ value: Value) {
      words = (number, number + 1, number + 2, number + 3)
      self.value = value
    }

    static func == (left: Self, right: Self) -> Bool {
      left.words == right.words && left.value == right.value
    }
  }

  /// What comes out when `value` was put in.
  private func returned<Value: Sendable>(_ value: Value) -> Value {
    var answer = Answer()
    answer.fill(with: value)
    return answer.take(Value.self)
  }

  @Test func `a value of any size comes out as it went in`() {
    #expect(returned(()) == ())
    #expect(returned(true))
    #expect(returned(Int8(-1)) == -1)
    let text = "a text that does not lie in its own words"
    #expect(returned(text) == text)
    #expect(returned(Int?.none) == nil)
    #expect(returned([1, 2, 3]) == [1, 2, 3])
    #expect(returned(Large(7, "a fifth and a sixth word")) == Large(7, "a fifth and a sixth word"))
    #expect(returned(SIMD4<Int64>(1, 2, 3, 4)) == SIMD4<Int64>(1, 2, 3, 4))
    #expect(returned(SIMD8<Int64>(repeating: 5)) == SIMD8<Int64>(repeating: 5))
  }

  @Test func `small values have room, and large or oddly aligned ones lie apart`() {
    #expect(Answer.hasRoom(for: Void.self))
    #expect(Answer.hasRoom(for: String?.self))
    #expect(Answer.hasRoom(for: (Int, Int, Int, Int).self))
    #expect(!Answer.hasRoom(for: (Int, Int, Int, Int, Bool).self))
    #expect(!Answer.hasRoom(for: SIMD4<Int64>.self))
  }

  @Test func `what nobody takes is let go of once`() {
    let alive = Counter()
    var small = Answer()
    small.fill(with: Counted(alive))
    var large = Answer()
    large.fill(with: Pair(first: Large(1, 2), second: Counted(alive)))
    #expect(alive.value == 2)
    small.drop()
    large.drop()
    #expect(alive.value == 0)
    // Nothing is left to drop.
    large.drop()
    let isEmpty = large.isEmpty
    #expect(isEmpty && alive.value == 0)
  }

  private struct Pair: Sendable {
    var first: Large<Int>
    var second: Counted
  }
}
