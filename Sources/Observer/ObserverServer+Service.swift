public import ServiceLifecycle

/// As a service of a program: started with the others, and stopped in order with them.
extension ObserverServer: Service {
  /// Starts it, and returns after a graceful shutdown, or when the task is cancelled.
  public func run() async throws {
    try await start()
    try? await gracefulShutdown()
    await stop()
  }
}
