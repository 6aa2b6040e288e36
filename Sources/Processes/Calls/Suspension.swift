/// Suspends the current task until the continuation is resumed.
///
/// As `withUnsafeContinuation`, but without a look at the task's executor before it: up to Swift 6.3 the library's
/// own function switches to its caller's isolation first, where the caller is already; that takes a lock, a tenth
/// of a call's time. The function used instead is the library's too, public and compiled into its clients, for
/// code that was written before there was `#isolation`.
@inlinable @inline(__always)
func suspend<Value>(_ body: (UnsafeContinuation<Value, Never>) -> Void) async -> Value {
  #if compiler(<6.4)
    await _unsafeInheritExecutor_withUnsafeContinuation(body)
  #else
    await withUnsafeContinuation(body)
  #endif
}
