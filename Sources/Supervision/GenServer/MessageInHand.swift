internal import Processes

/// What a server's handler is about, as others see it without asking: see `Runtime.currentHandler`.
///
/// Differs from the log of `Sys` in being there without having been asked for. A handler without `async` doesn't
/// come here: it would cost most of those more than they do. Nor does a start.
///
/// Unsafe code, since a copy of a message costs more than all else here: a child's specification has a dozen
/// references to count. Its argument:
/// 1. While a message is *shown*, `Remains.message` has its bytes and no share in it. They are looked at only under the
///    process's lock, and only while `occasion` says that there is one.
/// 2. `showMessage` and `hideMessage` set that under the lock, and who calls these holds the message from the one to the
///    other. So it lives as long as somebody holds the lock under which it was found, and who has, makes a copy there.
extension ServerBody {
  /// Lets others see what a handler that may suspend is about, until `hide`.
  func show(_ message: borrowing Server.Message, _ occasion: Occasion, _ process: ProcessContext) {
    let remains = remains(.passUnretained(process.cell))
    process.cell.lockBody()
    withUnsafePointer(to: message) { message in
      UnsafeMutableRawPointer(remains.message).copyMemory(
        from: message, byteCount: MemoryLayout<Server.Message>.size)
    }
    process.cell.occasion = occasion
    process.cell.unlockBody()
  }

  /// The handler has returned.
  func hide(_ message: borrowing Server.Message, _ process: ProcessContext) {
    process.cell.hideMessage()
  }

  @usableFromInline
  func messageInHand(of cell: ProcessCell) -> String? {
    cell.lockBody()
    let occasion = cell.occasion
    let isShown = occasion == .message || occasion == .continuation
    let message = isShown ? remains?.message.pointee : nil
    cell.unlockBody()
    return message.map { (occasion == .continuation ? "continuation " : "") + Self.name(of: $0) }
  }

  /// Of an enum the name of the case: what it carries is the users'.
  private static func name(of message: Server.Message) -> String {
    var part: Any = message
    var mirror = Mirror(reflecting: part)
    // A type of its own around an enum, as the supervisors' messages are.
    if mirror.displayStyle == .struct, mirror.children.count == 1, let only = mirror.children.first
    {
      part = only.value
      mirror = Mirror(reflecting: part)
    }
    guard mirror.displayStyle == .enum else { return "\(Server.Message.self)" }
    return mirror.children.first?.label ?? "\(part)"
  }
}
