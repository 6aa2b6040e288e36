import ArgumentParser
import KVShell
import Shell

/// kv(1).
enum Manual {
  static var page: String {
    let help = KVCommand.helpMessage(columns: 72)
    // The options stand between their heading and the end.
    let options = help.components(after: "OPTIONS:\n").map { "\($0)" } ?? ""
    return ManualPage(
      application: KVApplication(),
      purpose: "a key-value store whose processes you can crash, and watch being restarted",
      usage: "kv [options] [script]\nkv tour [--auto] [--no-color]", options: options
    ).text
  }
}

extension String {
  /// What stands behind the first occurrence of `mark`; nil when there is none.
  fileprivate func components(after mark: String) -> Substring? {
    var rest = self[...]
    while !rest.isEmpty {
      if rest.hasPrefix(mark) { return rest.dropFirst(mark.count) }
      rest = rest.dropFirst()
    }
    return nil
  }
}
