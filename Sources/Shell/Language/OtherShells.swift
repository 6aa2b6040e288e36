/// What people type who come from iex, redis-cli, sqlite3, fish, and what does that here.
///
/// Differs from `Suggestion` in that the words need not look alike. They are no aliases: a shell with two
/// words for everything has to be learned twice.
enum OtherShells {
  static let words: [String: String] = [
    "?": "help", "h": "help", "man": "help", "commands": "help", ".help": "help",
    "q": "quit", "bye": "quit", "logout": "quit", ".exit": "quit", ".quit": "quit", ":q": "quit",
    "exit()": "quit", "quit()": "quit", "halt": "quit",
    "ls": "tree", "pstree": "tree", "supervisors": "tree", "list": "buckets",
    ".tables": "buckets", "scan": "keys", "hget": "get", "hset": "put", "hdel": "delete",
    "i": "info", "inspect": "info", "show": "info", "get_state": "state", "whereis": "names",
    "top": "watch ps", "htop": "watch ps", "processes": "ps", "log": "events", "logs": "events",
    "del": "delete", "rm": "delete", "remove": "delete", "new": "create", "mk": "create",
    "select": "use", "restart": "start", "sleep": "wait", "print": "echo", "puts": "echo",
    "let": "set", "load": "source", ".": "source", ".read": "source", "demo": "tour",
    "tutorial": "tour", "guide": "tour", "down": "stop", "terminate": "stop", "raise": "crash",
  ]

  /// Where the place of a command is taken by a key.
  private static let keys: [String: String] = [
    "clear": "ctrl-L", "cls": "ctrl-L", "reset": "ctrl-L",
  ]

  /// The command to type instead as part of an error, with a blank behind it; nil when there is none.
  static func hint(for word: String, in table: CommandTable) -> String? {
    if let key = keys[word.lowercased()] { return "here that is the key \(key). " }
    guard let command = words[word.lowercased()],
      let name = command.split(separator: " ").first, table[String(name)] != nil
    else { return nil }
    return "here that is `\(command)`. "
  }
}
