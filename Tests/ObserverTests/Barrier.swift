import Dispatch

/// Holds up threads of the operating system until it is opened.
final class Barrier: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  private let count: Int

  init(count: Int) { self.count = count }

  func pass() { semaphore.wait() }
  func open() { for _ in 0..<count { semaphore.signal() } }
}
