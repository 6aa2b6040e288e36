internal import Processes

/// The process behind a scope of groups: changes them, one after the other, and tells who watches.
struct GroupServer: GenServer {
  enum Message: Sendable {
    case join(String, PID, ReplyTo<Void>)
    case leave(String, PID, ReplyTo<Bool>)
    case watch(String, PID, ReplyTo<[PID]>)
    case unwatch(String, PID, ReplyTo<Void>)
  }

  /// Shared with those who look up; changed here only.
  private let members: Locked<RegistryTable<String, Void>>
  private var watchers = RegistryTable<String, Void>()
  private var monitored: Set<PID> = []

  init(_ members: Locked<RegistryTable<String, Void>>) {
    self.members = members
  }

  func initialize(_ process: ProcessContext) -> Initial {
    members.withLock { $0 = RegistryTable() }
    return .ok
  }

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .join(let group, let pid, let reply):
      if process.runtime.isAlive(pid) {
        members.withLock { $0.insert(group, (), pid, owner: process.pid) }
        tell(.init(group: group, kind: .joined, pid: pid), process)
        monitor(pid, process)
      }
      reply()
    case .leave(let group, let pid, let reply):
      let wasMember = members.withLock { $0.removeLast(group, pid) }
      if wasMember { tell(.init(group: group, kind: .left, pid: pid), process) }
      reply(wasMember)
    case .watch(let group, let pid, let reply):
      watchers.remove(group, pid)
      watchers.insert(group, (), pid, owner: process.pid)
      monitor(pid, process)
      reply(
        members.withLock { $0.entries(group) }.map(\.pid).filter { process.runtime.isAlive($0) })
    case .unwatch(let group, let pid, let reply):
      watchers.remove(group, pid)
      reply()
    }
    return .receive
  }

  mutating func handleInfo(_ info: Info, _ process: ProcessContext) -> Next {
    guard case .down(let down) = info, case .pid(let pid) = down.target else { return .receive }
    monitored.remove(pid)
    watchers.remove(pid)
    let groups = members.withLock { members in
      let groups = members.entries(of: pid).map(\.key)
      members.remove(pid)
      return groups
    }
    for group in groups { tell(.init(group: group, kind: .left, pid: pid), process) }
    return .receive
  }

  private mutating func monitor(_ pid: PID, _ process: ProcessContext) {
    if monitored.insert(pid).inserted { _ = process.monitor(pid) }
  }

  private func tell(_ change: ProcessGroups.Change, _ process: ProcessContext) {
    for watcher in watchers.entries(change.group) { process.send(watcher.pid, change) }
  }
}
