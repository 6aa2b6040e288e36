#if hasFeature(BuiltinModule)
  public import Builtin
#endif

/// Suspends the current task until the continuation is resumed.
///
/// As `withUnsafeContinuation`, but without two looks at the task's executor, each of which takes a lock and a tenth of a
/// call's time: up to Swift 6.3 the library's own function switches to its caller's isolation first, where the caller is
/// already, and its caller does so again when the task goes on, though that goes on where it was, by the continuation
/// itself. So what the library compiles into its clients is written here in its stead, if the compiler lets us; else the
/// library's function of before there was `#isolation` saves one of the two.
@inlinable @inline(__always)
func suspend<Value>(_ body: (UnsafeContinuation<Value, Never>) -> Void) async -> Value {
  #if hasFeature(BuiltinModule)
    await Builtin.withUnsafeContinuation { (continuation: Builtin.RawUnsafeContinuation) in
      body(unsafeBitCast(continuation, to: UnsafeContinuation<Value, Never>.self))
    }
  #elseif compiler(<6.4)
    await _unsafeInheritExecutor_withUnsafeContinuation(body)
  #else
    await withUnsafeContinuation(body)
  #endif
}
