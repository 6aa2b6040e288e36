internal import Processes
internal import Supervision

/// A session whose commands come from a file, a pipe or the command line.
package struct Script: Sendable {
  package enum Source: Sendable {
    case descriptor(CInt)
    case text(String)
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
  package func run() -> Bool {
    let outcome = Locked(false)
    let end = Gate()
    let evaluator = session.runtime.spawn(label: "shell") { process in
      let succeeded = await evaluate(process)
      outcome.withLock { $0 = succeeded }
    }
    // Also when a command kills the very process that runs it.
    _ = _Concurrency.Task {
      _ = await session.runtime.waitForExit(of: evaluator)
      await session.running?.stop()
      end.open()
    }
    end.wait()
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
    session.printer.printEvents(except: process.pid)

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
    case .text(let text): LineReader(text: text)
    }
  }

  /// Waits on a thread of its own, since a read that blocks a worker would hold up others.
  private func waitForInput(_ reader: LineReader) async {
    await withUnsafeContinuation { continuation in
      let started = OSThread.start(name: "input", stackSize: 64 << 10) {
        reader.waitReadable()
        continuation.resume()
      }
      if !started { continuation.resume() }
    }
  }
}
