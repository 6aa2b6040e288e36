import CPlatform
import Synchronization
import Testing

@testable import Processes

/// Blocks of memory for letters: given out and taken back by threads of all kinds.
@Suite(.serialized) struct BlockTests {
  /// Runs `body` on a thread that keeps blocks, and waits for it.
  private func onKeepingThread(_ body: @escaping @Sendable () -> Void) async {
    let isDone = SharedFlag()
    #expect(
      OSThread.start(name: "keeps") {
        cplatform_blocks_begin()
        body()
        cplatform_blocks_end()
        isDone.set()
      })
    while !isDone.value { await Task.yield() }
  }

  /// Writes into each its own number, and looks whether it is still there when all are given out.
  private static func allocate(_ count: Int, size: Int) -> [UnsafeMutableRawPointer] {
    let blocks = (0..<count).map { number in
      let block = cplatform_block_allocate(size)
      block.storeBytes(of: number, as: Int.self)
      block.storeBytes(of: number, toByteOffset: size - 8, as: Int.self)
      return block
    }
    for (number, block) in blocks.enumerated() {
      #expect(block.loadUnaligned(as: Int.self) == number)
      #expect(block.loadUnaligned(fromByteOffset: size - 8, as: Int.self) == number)
      #expect(Int(bitPattern: block) % 16 == 0)
    }
    return blocks
  }

  @Test(arguments: [8, 24, 32, 33, 64, 100, 160, 161, 1000])
  func `blocks are apart, and come back, whoever frees them`(_ size: Int) async {
    for keeps in [true, false] {
      let handed = Locked([UnsafeMutableRawPointer]())
      await onKeepingThread {
        var blocks = Self.allocate(2000, size: size)
        for _ in 0..<1000 { cplatform_block_free(blocks.removeLast(), size) }
        blocks += Self.allocate(500, size: size)
        let last = blocks
        nonisolated(unsafe) let sent = last
        handed.withLock { $0 = sent }
      }
      let free = { @Sendable in
        for block in handed.withLock({ $0 }) { cplatform_block_free(block, size) }
        for block in Self.allocate(700, size: size) { cplatform_block_free(block, size) }
      }
      if keeps { await onKeepingThread(free) } else { free() }
    }
  }

  @Test func `what nobody uses goes back to the system`() async {
    let peak = Atomic<Int>(0)
    let size = 160
    let count = 200_000
    await onKeepingThread {
      let blocks = Self.allocate(count, size: size)
      peak.store(Int(cplatform_slab_bytes()), ordering: .relaxed)
      for block in blocks { cplatform_block_free(block, size) }
    }
    // Some runtime's watch may be at it just now.
    while Int(cplatform_slab_bytes()) > peak.load(ordering: .relaxed) - count * size * 8 / 10 {
      cplatform_blocks_trim()
      await Task.yield()
    }
  }
}
