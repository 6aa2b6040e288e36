#if canImport(Glibc)
  import Testing

  @testable import Processes

  /// The C library's, which its module does not show.
  @_silgen_name("malloc_usable_size")
  private func usableSize(_ memory: UnsafeMutableRawPointer) -> Int

  /// What a process takes that does nothing.
  @Suite struct FootprintTests {
    /// A byte more, and malloc gives it 16 more: a thirtieth of an idle server, a million times.
    @Test func `a control block is no larger than a block of 256 bytes of malloc's`() throws {
      let runtime = Runtime(workers: 1)
      defer { runtime.shutdown() }
      let pid = runtime.spawn { process in _ = try await process.receive() }
      let cell = try #require(runtime.processes.find(pid))
      // Beside which it keeps eight of its own.
      #expect(usableSize(Unmanaged.passUnretained(cell).toOpaque()) <= 248)
    }
  }
#endif
