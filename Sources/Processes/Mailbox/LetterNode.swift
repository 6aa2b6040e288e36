internal import CPlatform

/// One letter on its way: a block of memory with a link, a cause and a message of any type.
///
/// A message lies in its node as what it is, unboxed. Who expects its type takes it out again without a look at
/// anything but the type's address. Whoever else comes upon it *opens* it.
///
/// What is sent to a process as such, *plain*, is never taken for a call or cast, even where a server has messages of
/// the same type; so the node says which it is.
///
/// Unsafe code. Its argument: a node belongs to exactly one owner at a time, the sender, then the mailbox,
/// then the receiver; `take`, `open` and `destroy` end it, and each owner calls one of them once.
@usableFromInline
package struct LetterNode: @unchecked Sendable {
  @usableFromInline
  struct Header {
    /// The next older node while in a mailbox, the next younger in the receiver's queue.
    @usableFromInline var next: UnsafeMutableRawPointer?
    @usableFromInline var cause: EventNumber
    /// The type of what lies behind the header: its address, plus one if the message is plain.
    @usableFromInline var kind: UInt

    @usableFromInline
    init(next: UnsafeMutableRawPointer?, cause: EventNumber, kind: UInt) {
      self.next = next
      self.cause = cause
      self.kind = kind
    }
  }

  @usableFromInline let base: UnsafeMutableRawPointer

  @usableFromInline
  init(base: UnsafeMutableRawPointer) { self.base = base }

  /// Wraps a message of a server's own type, or what else a letter can hold.
  @inlinable
  package init<Message: Sendable>(_ message: consuming Message, cause: EventNumber?) {
    self.init(message, cause: cause, kind: Self.address(of: Message.self))
  }

  /// Wraps a plain message.
  @inlinable
  package init<Message: Sendable>(plain message: consuming Message, cause: EventNumber?) {
    self.init(message, cause: cause, kind: Self.address(of: Message.self) | 1)
  }

  @inlinable
  init<Message: Sendable>(_ message: consuming Message, cause: EventNumber?, kind: UInt) {
    let offset = Self.offset(of: Message.self)
    base = Self.allocate(Self.size(of: Message.self), alignment: MemoryLayout<Message>.alignment)
    base.initializeMemory(
      as: Header.self, to: Header(next: nil, cause: cause ?? 0, kind: kind))
    (base + offset).initializeMemory(as: Message.self, to: message)
  }

  @inlinable
  static func address(of type: any Sendable.Type) -> UInt { unsafeBitCast(type, to: UInt.self) }

  @inlinable
  static func offset<Message>(of type: Message.Type) -> Int {
    let mask = MemoryLayout<Message>.alignment - 1
    return (MemoryLayout<Header>.size + mask) & ~mask
  }

  @inlinable
  static func size<Message>(of type: Message.Type) -> Int {
    offset(of: type) + MemoryLayout<Message>.size
  }

  @inlinable
  var header: UnsafeMutablePointer<Header> { base.assumingMemoryBound(to: Header.self) }

  /// The event that led to this letter; 0 for none.
  @inlinable package var cause: EventNumber {
    get { header.pointee.cause }
    nonmutating set { header.pointee.cause = newValue }
  }

  @inlinable var next: LetterNode? {
    get { header.pointee.next.map(LetterNode.init(base:)) }
    nonmutating set { header.pointee.next = newValue?.base }
  }

  /// Whether it holds a call or cast of this type, or such a piece of the runtime's own.
  @inlinable
  package func holds<Message: Sendable>(_ type: Message.Type) -> Bool {
    header.pointee.kind == Self.address(of: type)
  }

  /// Whether it holds a message of this type, plain or not.
  @inlinable
  func carries<Message: Sendable>(_ type: Message.Type) -> Bool {
    header.pointee.kind & ~1 == Self.address(of: type)
  }

  private var messageType: any Sendable.Type {
    unsafeBitCast(header.pointee.kind & ~1, to: (any Sendable.Type).self)
  }

  /// Takes the message out, which has to be of this type, and ends the node.
  @inlinable
  package func take<Message: Sendable>(_ type: Message.Type) -> Message {
    let message = (base + Self.offset(of: Message.self)).assumingMemoryBound(to: Message.self)
      .move()
    Self.free(
      base, Self.size(of: Message.self), alignment: MemoryLayout<Message>.alignment)
    return message
  }

  @usableFromInline
  static func allocate(_ size: Int, alignment: Int) -> UnsafeMutableRawPointer {
    alignment <= 16
      ? cplatform_block_allocate(size) : .allocate(byteCount: size, alignment: alignment)
  }

  @usableFromInline
  static func free(_ memory: UnsafeMutableRawPointer, _ size: Int, alignment: Int) {
    if alignment <= 16 { cplatform_block_free(memory, size) } else { memory.deallocate() }
  }

  /// Whether it only says to look at the clock.
  var isTick: Bool {
    guard holds(Letter.Content.self) else { return false }
    let content = base + Self.offset(of: Letter.Content.self)
    if case .system(.tick) = content.assumingMemoryBound(to: Letter.Content.self).pointee {
      return true
    }
    return false
  }

  /// The letter, whatever it holds; the node stays.
  @usableFromInline
  package var letter: Letter {
    if holds(Letter.Content.self) {
      let content = base + Self.offset(of: Letter.Content.self)
      return Letter(
        content.assumingMemoryBound(to: Letter.Content.self).pointee, cause: causeOrNil)
    }
    func copy<Message: Sendable>(_ type: Message.Type) -> any Sendable {
      (base + Self.offset(of: type)).assumingMemoryBound(to: type).pointee
    }
    let message = copy(messageType)
    let isPlain = header.pointee.kind & 1 == 1
    return Letter(isPlain ? .info(.message(message)) : .server(message), cause: causeOrNil)
  }

  /// Ends the node, and returns the letter.
  package func open() -> Letter {
    if holds(Letter.Content.self) {
      let cause = causeOrNil
      return Letter(take(Letter.Content.self), cause: cause)
    }
    let letter = letter
    destroy()
    return letter
  }

  /// Ends the node together with what it holds.
  @usableFromInline
  package func destroy() {
    func drop<Message: Sendable>(_ type: Message.Type) { _ = take(type) }
    drop(messageType)
  }

  private var causeOrNil: EventNumber? { cause == 0 ? nil : cause }
}

/// Letters in the order of their arrival, owned by the process that is to handle them.
///
/// Linked nodes: taking one out costs nothing wherever it lies, and moving a batch in costs one link.
struct LetterQueue {
  private(set) var first: LetterNode?
  private var last: LetterNode?

  var isEmpty: Bool { first == nil }

  /// Takes over a mailbox's nodes, which are linked from the youngest to the oldest.
  ///
  /// - Returns: How many there were.
  mutating func append(youngestFirst node: LetterNode) -> Int {
    let youngest = node
    var (oldest, younger, count) = (node, LetterNode?.none, 0)
    var next: LetterNode? = node
    while let node = next {
      next = node.next
      node.next = younger
      younger = node
      oldest = node
      count += 1
    }
    if let last { last.next = oldest } else { first = oldest }
    last = youngest
    return count
  }

  mutating func popFirst() -> LetterNode? {
    guard let node = first else { return nil }
    first = node.next
    if first == nil { last = nil }
    return node
  }

  /// Unlinks `node`, which comes right after `previous`, or first.
  mutating func remove(_ node: LetterNode, after previous: LetterNode?) {
    if let previous { previous.next = node.next } else { first = node.next }
    if node.next == nil { last = previous }
  }

  mutating func removeAll() {
    while let node = popFirst() { node.destroy() }
  }
}
