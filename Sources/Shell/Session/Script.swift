internal import Processes
internal import Supervision

/// A session whose commands come from a file, a pipe or the command line.
package struct Script: Sendable {
  package enum Source: Sendable {
    case descriptor(CInt)
    case bytes([UInt8])

    package static func text(_ text: String) -> Source { .bytes(Array(text.utf8)) }
  }

  package let session: Session
  package let source: Source
  /// Goes on after a command that failed.
  package let keepsGoing: Bool
  /// Shows each command behind a prompt.
  package let echoes: Bool

  package init(session: Session, source: Source, keepsGoing: Bool, echoes: Bool) {
    self.session = session
    self.source = source
    self.keepsGoing = keepsGoing
    self.echoes = echoes
  }

  /// Starts the application, runs every command, stops the application.
  ///
  /// Blocks the calling thread; the commands run in a process of the runtime.
  ///
  /// - Returns: Whether every command succeeded.
  package func runBlocking() -> Bool {
    let outcome = Locked(false)
    let end = Gate()
    _ = _Concurrency.Task {
      let succeeded = await run()
      outcome.withLock { $0 = succeeded }
      end.open()
    }
    end.wait()
    return outcome.withLock { $0 }
  }

  /// The same without a thread that waits; as the body of a simulation, too.
  package func run() async -> Bool {
    let outcome = Locked(false)
    let evaluator = session.runtime.spawnSilently(label: "evaluator") { process in
      let succeeded = await evaluate(process)
      outcome.withLock { $0 = succeeded }
    }
    // Also when a command kills the very process that runs it.
    _ = await session.runtime.waitForExit(of: evaluator)
    if await !session.stop() {
      session.printer.note("\(session.application.name) did not stop in order and was killed")
    }
    session.deafness.end()
    session.printer.flush()
    return outcome.withLock { $0 } && !session.printer.isClosed
  }

  private func evaluate(_ process: ProcessContext) async -> Bool {
    session.evaluator = process.pid
    let evaluator = Evaluator(session: session, process: process)
    do {
      try await session.start()
    } catch {
      session.printer.print(.failure(Evaluator.failure(error)), command: "start", line: 0)
      return false
    }
    // What the start itself had to tell is no news, except to a program that reads the stream.
    session.printer.printEvents()

    let reader = reader()
    var succeeded = true
    while !session.isQuitting, !session.printer.isClosed {
      let line: Int
      let bytes: ArraySlice<UInt8>
      do {
        switch try reader.next() {
        case .line(let next): (line, bytes) = (next.number, next.bytes)
        case .endOfInput: return succeeded
        case .wouldBlock:
          session.printer.flush()
          await waitForInput(reader)
          continue
        }
      } catch {
        session.printer.print(
          .failure(CommandError("input", error.description)), command: "", line: 0)
        succeeded = false
        if keepsGoing { continue }
        return false
      }
      let isFine = await evaluator.evaluate(bytes, line: line, keepsGoing: keepsGoing) { command in
        if echoes { session.printer.note(session.application.prompt + command) }
      }
      if !isFine {
        succeeded = false
        if !keepsGoing { return false }
      }
    }
    return succeeded
  }

  private func reader() -> LineReader {
    switch source {
    case .descriptor(let descriptor): LineReader(descriptor: descriptor)
    case .bytes(let bytes): LineReader(bytes: bytes)
    }
  }

  /// Waits on a thread of its own, since a read that blocks a worker would hold up others. In a
  /// simulation there are no others.
  private func waitForInput(_ reader: LineReader) async {
    if session.isSimulated { return reader.waitReadable() }
    await withUnsafeContinuation { continuation in
      let started = OSThread.start(name: "input", stackSize: 64 << 10) {
        reader.waitReadable()
        continuation.resume()
      }
      if !started { continuation.resume() }
    }
  }
}
