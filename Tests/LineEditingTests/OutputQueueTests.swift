import Testing

@testable import LineEditing

struct OutputQueueTests {
  @Test func `texts come out in order`() {
    var queue = OutputQueue(limit: 10)
    for number in 1...5 { queue.append("\(number)\n") }
    #expect(queue.take(2) == ["1\n", "2\n"])
    #expect(queue.take(9) == ["3\n", "4\n", "5\n"])
    #expect(queue.isEmpty)
  }

  @Test func `a full queue drops lines and counts them`() {
    var queue = OutputQueue(limit: 1)
    queue.append("kept\n")
    queue.append("lost\nlost\n")
    #expect(queue.take(9) == ["kept\n", "2 lines dropped\n"])
    queue.append("kept\n")
    queue.append("lost\n")
    #expect(queue.take(9) == ["kept\n", "1 line dropped\n"])
    #expect(queue.isEmpty)
  }

  @Test func `the note stands where the lines are missing`() {
    var queue = OutputQueue(limit: 2)
    for text in ["a\n", "b\n", "lost\n"] { queue.append(text) }
    #expect(queue.take(1) == ["a\n"])
    queue.append("c\n")
    #expect(queue.take(9) == ["b\n", "1 line dropped\n", "c\n"])
  }
}
