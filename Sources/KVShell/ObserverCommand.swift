internal import Observer
package import Shell
package import Supervision

/// The page in the browser, as the shell starts and stops it.
package final class ObserverHolder: Sendable {
  private let observer = Locked<(server: ObserverServer, port: Int)?>(nil)

  package init() {}

  /// The page's address; nil while there is none.
  package var url: String? { observer.withLock { $0 }?.server.url }

  /// Starts it, unless it runs already.
  ///
  /// - Returns: The page's address.
  package func start(
    in runtime: Runtime, port: Int? = nil, for application: any ShellApplication
  ) async throws -> String {
    if let (server, known) = observer.withLock({ $0 }), let url = server.url {
      guard let port, port != known, port != 0 else { return url }
      throw CommandError(
        "already_running",
        "the observer runs already, at \(url). `observer stop` ends it; then it can start elsewhere."
      )
    }
    var options = ObserverServer.Options()
    options.port = port ?? 0
    options.orphans = { application.orphans(among: $0) }
    options.childNoun = { application.childNoun(of: $0) }
    let server = ObserverServer(runtime: runtime, options)
    do {
      let url = try await server.start()
      observer.withLock { $0 = (server, options.port) }
      return url
    } catch let failure as ObserverServer.StartFailure {
      throw CommandError("cannot_listen", "\(failure)")
    }
  }

  package func stop() async {
    let server = observer.withLock { observer in
      defer { observer = nil }
      return observer?.server
    }
    await server?.stop()
  }

  /// The command `observer`.
  func command(for application: any ShellApplication) -> Command {
    Command(
      "observer", .inspection, usage: "[start|stop|url]", "look inside with a browser",
      details: """
        Starts a page with the tree, the processes, charts and the history, live, and prints its address, which
        lets in whoever knows it: it has a random token. This machine only. The page is an application of its
        own and is still there when the tree has given up; `stop` ends it. `url` says the address again. In a
        simulation there is no page.
        """,
      examples: ["observer", "observer --port 8042", "observer stop"],
      options: [.init("port", "N", "on this port (any that is free)")],
      arguments: [.choice(["start", "stop", "url"])], arity: 0...1
    ) { [self] session, invocation in
      let port = try invocation.number("port", 0...65_535)
      let word = invocation.arguments.first ?? "start"
      if word != "start", port != nil { throw invocation.command.usageError }
      switch word {
      case "stop":
        guard url != nil else { return CommandResult(text: "no observer runs.", value: .null) }
        await stop()
        return .done
      case "url":
        guard let url else {
          throw CommandError("not_running", "no observer runs. `observer` starts one.")
        }
        return CommandResult(url)
      case "start":
        if session.isSimulated {
          return CommandResult(text: "a simulation has no page: time stands still for it.")
        }
        return CommandResult(
          try await start(in: session.runtime, port: port, for: application))
      default: throw invocation.command.usageError
      }
    }
  }
}
