package import KV
package import Shell
package import Supervision

/// The key-value application as the shell sees it: buckets, and which of them is the current one.
package final class KVApplication: ShellApplication {
  package let name = "kv"
  package let version = "0.1.0"
  package let rootName = Tree.supervisor
  package var banner: String { "\(Tree.supervisor) is up (\(variant.rawValue))" }

  package let tour: Tour? = .guide
  package let keywords = ["bucket"]

  package let aliases = [
    "registry": Tree.registry,
    "bucket-supervisor": Tree.bucketSupervisor,
    "supervisor": Tree.supervisor,
  ]

  /// The bucket that commands without a bucket's name mean. Kept through crashes and restarts: it
  /// is what the person chose.
  private let current = Locked<String?>(nil)

  private let design: Locked<Variant>

  /// The page in the browser.
  package let observer = ObserverHolder()
  /// Told the page's address when the page comes up with the application; nil, it does not.
  private let announcePage: (@Sendable (String) -> Void)?

  package init(
    variant: Variant = .oneForAll, announcePage: (@Sendable (String) -> Void)? = nil
  ) {
    design = Locked(variant)
    self.announcePage = announcePage
  }

  /// In which of the guide's designs the application starts next.
  package var variant: Variant {
    get { design.withLock { $0 } }
    set { design.withLock { $0 = newValue } }
  }

  package func start(in runtime: Runtime) async throws -> Application {
    let tree = try await Tree.start(in: runtime, variant: variant)
    // Only at the first start: it outlives the tree.
    if let announcePage, observer.url == nil {
      announcePage(try await observer.start(in: runtime, for: self))
    }
    return tree
  }

  package func childNoun(of supervisor: String) -> (one: String, many: String)? {
    supervisor == Tree.bucketSupervisor ? ("bucket", "buckets") : nil
  }

  package func target(
    _ words: ArraySlice<String>, in session: Session
  ) async throws -> (Int, PID)? {
    guard let word = words.first else { return nil }
    if word == "bucket" {
      let name = words.dropFirst().first
      if let pid = knownWithoutAsking(name ?? currentBucket, in: session) {
        return (name == nil ? 1 : 2, pid)
      }
      return (name == nil ? 1 : 2, try await bucketPID(name, in: session))
    }
    // Names and PIDs come first: `bucket NAME` reaches a bucket that is called like one.
    guard session.runtime.whereis(word) == nil, PID.serial(in: word) == nil else { return nil }
    if let pid = knownWithoutAsking(word, in: session) { return (1, pid) }
    guard !isRegistryBusy(in: session), let pid = try? await session.registry.pid(of: word)
    else { return nil }
    return (1, pid)
  }

  /// The bucket of that name where the registry has no time to say so; nil where it can be asked.
  ///
  /// Who looks for a bucket in order to look at it, or to kill it, is not to wait for a registry that
  /// hangs. Who wants its values has to, as any client.
  private func knownWithoutAsking(_ name: String?, in session: Session) -> PID? {
    guard let name, isRegistryBusy(in: session),
      let registry = session.runtime.whereis(Tree.registry)
    else { return nil }
    return session.runtime.snapshot.first {
      $0.label == name && $0.monitoredBy.contains(registry)
    }?.pid
  }

  private func isRegistryBusy(in session: Session) -> Bool {
    guard let pid = session.runtime.whereis(Tree.registry),
      let registry = session.runtime.snapshot(of: pid)
    else { return false }
    return registry.status != .idle || registry.mailboxLength > 0
  }

  package func label(of words: ArraySlice<String>) -> String? {
    guard words.first == "bucket", words.count <= 2 else { return nil }
    return words.dropFirst().first ?? currentBucket
  }

  /// Buckets that the registry does not monitor: it monitors each whose name it knows. So nobody has to
  /// be asked, and a registry that hangs hides no orphan.
  package func orphans(among processes: [ProcessSnapshot]) -> Set<PID> {
    let registry = processes.first { $0.name == Tree.registry && $0.status != .zombie }?.pid
    let lost = processes.lazy.filter { process in
      process.childID == Bucket.id && process.status != .zombie
        && !(registry.map(process.monitoredBy.contains) ?? false)
    }
    return Set(lost.map(\.pid))
  }

  package func targetWords(in session: Session) -> [String] {
    ["bucket"] + bucketNames(in: session)
  }

  /// The names of living buckets, read from the runtime's tables without asking the registry: those
  /// that the registry monitors.
  func bucketNames(in session: Session) -> [String] {
    guard let registry = session.runtime.whereis(Tree.registry) else { return [] }
    return session.runtime.snapshot.filter { $0.monitoredBy.contains(registry) }
      .compactMap(\.label).sorted()
  }

  // MARK: Buckets

  var currentBucket: String? {
    get { current.withLock { $0 } }
    set { current.withLock { $0 = newValue } }
  }

  /// The bucket of that name or PID; the current one for nil.
  func bucket(_ name: String?, in session: Session) async throws -> Bucket {
    Bucket(session.runtime, pid: try await bucketPID(name, in: session))
  }

  func bucketPID(_ name: String?, in session: Session) async throws -> PID {
    guard let name = name ?? currentBucket else {
      throw session.notRunning
        ?? CommandError(
          "unknown_bucket", "no bucket is chosen: `create NAME` makes one, `use NAME` chooses one.")
    }
    if PID.serial(in: name) != nil {
      guard let pid = session.runtime.pid(name) else {
        throw CommandError("unknown_bucket", "\(name) is not alive. `ps` lists what is running.")
      }
      guard session.isBucket(pid) else {
        throw CommandError("unknown_bucket", "\(name) is no bucket. `tree` shows the buckets.")
      }
      return pid
    }
    if let stopped = session.notRunning { throw stopped }
    if let pid = try await session.registry.pid(of: name) { return pid }
    throw unknownBucket(name, in: session)
  }

  /// Where a bucket of that name lives that no name leads to, if there is one.
  private func orphan(_ name: String, in session: Session) -> String {
    let processes = session.runtime.snapshot
    let orphans = orphans(among: processes)
    let found = processes.last { $0.label == name && orphans.contains($0.pid) }
    return found.map { ", and an orphan lives as \($0.pid)" } ?? ""
  }

  /// Says that there is no such bucket, what became of it, and how to go on.
  private func unknownBucket(_ name: String, in session: Session) -> CommandError {
    let shown = Sanitizer.sanitize(String(name.prefix(80)))
    if let end = Obituary.ofProcess(label: name, in: session.runtime.events) {
      return CommandError(
        "unknown_bucket",
        "no bucket is called \(shown): \(end)\(orphan(name, in: session)). "
          + "`create \(Lexer.quote(name))` makes a new one.")
    }
    let near = Suggestion.best(for: name, among: bucketNames(in: session))
    let hint = near.map { "did you mean `\(Sanitizer.sanitize($0))`? " } ?? ""
    return CommandError(
      "unknown_bucket",
      "no bucket is called \(shown): \(hint)`create` makes one, `buckets` lists them.")
  }
}

extension Session {
  /// Whether the process is a bucket: a child made as one, or an agent that the registry started
  /// itself.
  func isBucket(_ pid: PID) -> Bool {
    guard let process = runtime.snapshot(of: pid) else { return false }
    return process.childID == Bucket.id
      || process.kind == .agent && process.parent != nil
        && process.parent == runtime.whereis(Tree.registry)
  }

  /// The registry, whichever process is it now.
  var registry: ServerRef<KV.Registry.Message> { ServerRef(runtime, name: Tree.registry) }
}
