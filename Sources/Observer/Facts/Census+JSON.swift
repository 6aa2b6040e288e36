internal import Processes
internal import Views

extension Census {
  /// The members that samples and the general statistics have in common.
  var members: [(String, JSONValue)] {
    [
      ("processes", .integer(Int64(processes))),
      (
        "kinds",
        .object(
          kinds.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { ($0.key.rawValue, .integer(Int64($0.value))) })
      ),
      ("zombies", .integer(Int64(zombies))),
      ("run_queue", .integer(Int64(runnable))),
      ("in_mailboxes", .integer(Int64(inMailboxes))),
      ("longest_mailbox", .integer(Int64(longestMailbox))),
      ("memory", .integer(orNull: SystemFile.residentBytes)),
    ]
  }
}
