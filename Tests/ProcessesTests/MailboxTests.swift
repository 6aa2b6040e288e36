import Synchronization
import Testing

@testable import Processes

/// The mailbox's word and the letters in it, without a process.
@Suite struct MailboxTests {
  private func withMailbox(_ body: (UnsafeMutablePointer<Mailbox>) -> Void) {
    let mailbox = UnsafeMutablePointer<Mailbox>.allocate(capacity: 1)
    mailbox.initialize(to: Mailbox())
    body(mailbox)
    mailbox.deinitialize(count: 1)
    mailbox.deallocate()
  }

  // Outside of `#expect`, which cannot take hold of what cannot be copied.
  private func rests(_ mailbox: UnsafeMutablePointer<Mailbox>) -> Bool { mailbox.pointee.rest() }
  private func state(_ mailbox: UnsafeMutablePointer<Mailbox>) -> Mailbox.State {
    mailbox.pointee.state
  }

  private func letter(_ number: Int) -> LetterNode { LetterNode(number, cause: nil) }

  @Test func `letters come out in the order they went in`() {
    withMailbox { mailbox in
      mailbox.pointee.open(for: 1)
      for number in 1...5 { _ = mailbox.pointee.deliver(letter(number), to: 1) }
      var queue = LetterQueue()
      guard case .letters(let youngest) = mailbox.pointee.takeAll() else {
        Issue.record("no letters")
        return
      }
      let count = queue.append(youngestFirst: youngest)
      #expect(count == 5)
      mailbox.pointee.countTaken(count)
      var numbers: [Int] = []
      while let node = queue.popFirst() { numbers.append(node.take(Int.self)) }
      #expect(numbers == [1, 2, 3, 4, 5])
      let received = mailbox.pointee.receivedCount
      #expect(received == 5)
    }
  }

  @Test(arguments: [1, 14, 15, 16, 100])
  func `all letters are counted, taken out or not`(count: Int) {
    withMailbox { mailbox in
      mailbox.pointee.open(for: 1)
      var queue = LetterQueue()
      for round in 1...2 {
        for number in 1...count { _ = mailbox.pointee.deliver(letter(number), to: 1) }
        let before = mailbox.pointee.receivedCount
        #expect(before == round * count)
        if case .letters(let youngest) = mailbox.pointee.takeAll() {
          mailbox.pointee.countTaken(queue.append(youngestFirst: youngest))
        }
        let after = mailbox.pointee.receivedCount
        #expect(after == round * count)
      }
      queue.removeAll()
    }
  }

  @Test func `only one sender finds the receiver idle`() {
    withMailbox { mailbox in
      mailbox.pointee.open(for: 1)
      // A new process is active until it has run.
      #expect(state(mailbox) == .active)
      #expect(rests(mailbox))
      #expect(state(mailbox) == .idle)
      _ = mailbox.pointee.deliver(letter(1), to: 1)
      #expect(state(mailbox) == .active)
      #expect(!rests(mailbox), "there is a letter")
      if case .letters(let node) = mailbox.pointee.takeAll() { node.destroy() }
      #expect(rests(mailbox))
    }
  }

  @Test func `a closed mailbox, and one that serves another process now, refuse`() {
    withMailbox { mailbox in
      mailbox.pointee.open(for: 1)
      let (wasIdle, letters) = mailbox.pointee.close()
      #expect(!wasIdle)
      #expect(letters == nil)
      let refused = letter(1)
      guard case .refused = mailbox.pointee.deliver(refused, to: 1) else {
        Issue.record("accepted by the dead")
        return
      }
      mailbox.pointee.open(for: 2)
      guard case .refused = mailbox.pointee.deliver(refused, to: 1) else {
        Issue.record("accepted for somebody else")
        return
      }
      refused.destroy()
    }
  }

  @Test func `a letter holds what it was made of, whoever opens it`() {
    struct Message: Sendable, Equatable { var text: String }
    let node = LetterNode(Message(text: "hello"), cause: 7)
    #expect(node.holds(Message.self))
    #expect(!node.holds(String.self))
    #expect(node.cause == 7)
    guard case .server(let copy) = node.letter.content else {
      Issue.record("not a server's message")
      return
    }
    #expect(copy as? Message == Message(text: "hello"))
    #expect(node.take(Message.self) == Message(text: "hello"))
  }

  @Test func `what a letter holds is released with it`() {
    final class Witness: Sendable {
      let released: SharedFlag
      init(_ released: SharedFlag) { self.released = released }
      deinit { released.set() }
    }
    let (destroyed, opened) = (SharedFlag(), SharedFlag())
    LetterNode(Witness(destroyed), cause: nil).destroy()
    _ = LetterNode(Witness(opened), cause: nil).open()
    #expect(destroyed.value)
    #expect(opened.value)
  }

  @Test func `a letter is taken out of the middle of a queue`() {
    var queue = LetterQueue()
    let nodes = (1...3).map(letter)
    nodes[2].next = nodes[1]
    nodes[1].next = nodes[0]
    _ = queue.append(youngestFirst: nodes[2])
    queue.remove(nodes[1], after: nodes[0])
    nodes[1].destroy()
    queue.remove(nodes[2], after: nodes[0])
    nodes[2].destroy()
    let late = letter(4)
    late.next = nil
    _ = queue.append(youngestFirst: late)
    var numbers: [Int] = []
    while let node = queue.popFirst() { numbers.append(node.take(Int.self)) }
    #expect(numbers == [1, 4])
  }
}
