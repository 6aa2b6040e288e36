internal import CPlatform

/// Starting a thread of the operating system, detached, with all asynchronous signals blocked.
package enum OSThread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Runs `body` on a new thread.
  ///
  /// - Parameters:
  ///   - name: At most 15 bytes, shown by debuggers and `top -H`.
  ///   - stackSize: In bytes.
  /// - Returns: False when the system has no thread left.
  @discardableResult
  package static func start(
    name: String, stackSize: Int = 2 << 20, _ body: @escaping @Sendable () -> Void
  ) -> Bool {
    // Retained here, released by the thread: exactly one of the two branches below consumes it.
    let box = Unmanaged.passRetained(Body(body))
    let started = cplatform_thread_start(
      { raw in
        guard let raw else { return }
        Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
      }, box.toOpaque(), stackSize, name)
    if !started { box.release() }
    return started
  }

  /// How many processors are online, at least 1.
  package static var processorCount: Int { Int(cplatform_processor_count()) }
}
